import { isRegistryError } from '../base/errors.ts'
import { createId, type TenantId } from '../base/ids.ts'
import type { ServerSecrets } from '../secrets/server-secrets.ts'
import type { SessionPool } from '../sessions/pool.ts'
import { parseCreateInput, type ServerConfigInput, toServerConfig } from './input.ts'

export interface TransportDetectionParts {
  readonly tenantId: TenantId
  readonly pool: Pick<SessionPool, 'probe'>
  readonly secrets: Pick<ServerSecrets, 'open'>
  /** Of each of the two tries. */
  readonly connectMs: number
}

type HttpConfigInput = Exclude<ServerConfigInput, { readonly transport: 'stdio' }>

/** The server is there, and does not take the POST; who is asked for credentials, or to wait, is asked so by any transport. */
function isAnotherTransport(error: unknown): boolean {
  if (!isRegistryError(error) || error.code === 'AUTH_REQUIRED' || error.code === 'BUSY') return false
  const { httpStatus } = error.details
  return httpStatus !== undefined && httpStatus >= 400 && httpStatus < 500
}

/**
 * Which of the two HTTP transports a server speaks: Streamable HTTP is tried, and SSE where that is refused with a 4xx
 * (MCP 2025-11-25, transports, "Backwards compatibility"). Where neither answers, what it was. Rejects with CLOSED alone;
 * what else is wrong the first refresh will tell.
 */
export function createTransportDetection({ tenantId, pool, secrets, connectMs }: TransportDetectionParts) {
  /** Undefined where it does; else why not. */
  async function refusalOf(config: HttpConfigInput, signal: AbortSignal): Promise<unknown> {
    try {
      // INVALID_INPUT here will be told again by what stores the server.
      const sealable = toServerConfig(parseCreateInput({ name: 'probe', config }).config)
      const serverId = createId('server')
      const open = (given: AbortSignal) => secrets.open(serverId, sealable, {}, given)
      const target = { tenantId, serverId, revision: 0, key: serverId, config: sealable, connectMs, context: {}, open }
      await pool.probe(target, signal)
      return undefined
    } catch (error) {
      if (isRegistryError(error, 'CLOSED')) throw error
      return error
    }
  }

  return async function detectTransport(config: HttpConfigInput, signal: AbortSignal): Promise<HttpConfigInput> {
    const refusal = await refusalOf({ ...config, transport: 'streamableHttp' }, signal)
    const isSse =
      isAnotherTransport(refusal) && (await refusalOf({ ...config, transport: 'sse' }, signal)) === undefined
    return { ...config, transport: isSse ? 'sse' : 'streamableHttp' }
  }
}

export type DetectTransport = ReturnType<typeof createTransportDetection>
