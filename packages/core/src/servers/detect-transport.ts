import { isRegistryError } from '../base/errors.ts'
import { createId, type TenantId } from '../base/ids.ts'
import { oauthConfigOf } from '../model/config-secrets.ts'
import type { ServerSecrets } from '../secrets/server-secrets.ts'
import type { SessionPool } from '../sessions/pool.ts'
import { parseCreateInput, type ServerConfigInput, toServerConfig } from './input.ts'

export interface TransportDetectionDeps {
  readonly tenantId: TenantId
  readonly pool: Pick<SessionPool, 'probe'>
  readonly secrets: Pick<ServerSecrets, 'open'>
  /** Time for each of the two attempts, in ms. */
  readonly connectMs: number
}

type HttpConfigInput = Exclude<ServerConfigInput, { readonly transport: 'stdio' }>

/** Whether the server answers and refuses the POST. AUTH_REQUIRED and BUSY would come over any transport. */
function isAnotherTransport(error: unknown): boolean {
  if (!isRegistryError(error) || error.code === 'AUTH_REQUIRED' || error.code === 'BUSY') return false
  const { httpStatus } = error.details
  return httpStatus !== undefined && httpStatus >= 400 && httpStatus < 500
}

/**
 * Answers the function that detects which HTTP transport a server speaks: Streamable HTTP, or SSE if that is refused with a
 * 4xx (MCP 2025-11-25, transports, "Backwards compatibility"). If neither works, it is Streamable HTTP, and the first refresh
 * reports why.
 *
 * @throws CLOSED
 */
export function createTransportDetection({ tenantId, pool, secrets, connectMs }: TransportDetectionDeps) {
  /** Why the server cannot be reached so; undefined if it can. */
  async function refusalOf(given: HttpConfigInput, signal: AbortSignal): Promise<unknown> {
    try {
      // Storing the server reports INVALID_INPUT again.
      const sealable = toServerConfig(parseCreateInput({ name: 'probe', config: given }).config)
      const serverId = createId('server')
      const open = (opening: AbortSignal) => secrets.open(serverId, sealable, {}, opening)
      const era = { policy: 'AUTO', negotiated: undefined } as const
      // Without tokens, a server refuses alike over both.
      const config = oauthConfigOf(sealable) ? { ...sealable, auth: null } : sealable
      const of = { tenantId, serverId, serverName: 'probe', revision: 0, key: serverId, config, connectMs }
      const target = { ...of, era, inputPolicy: 'NONE' as const, context: {}, open }
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
