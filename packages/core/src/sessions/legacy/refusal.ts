import { isRegistryError } from '../../base/errors.ts'
import { isJsonObject } from '../../base/json.ts'
import { HttpStatusError } from '../http/http-errors.ts'
import { versionsOf } from '../modern/discover-result.ts'
import { RpcError } from '../rpc-error.ts'

/** Whether a server answered `initialize` with a refusal, or with nothing of this era: it may be of another one now. */
export function isRefusal(error: unknown): boolean {
  if (error instanceof RpcError || isRegistryError(error, 'PROTOCOL_ERROR')) return true
  if (!(error instanceof HttpStatusError)) return false
  const { status } = error.details
  return status >= 400 && status < 500 && ![401, 403, 408, 429].includes(status)
}

/** The versions that a server named as it refused `initialize`, which a modern one should (MCP 2026-07-28, versioning). */
export function namedVersions(error: unknown): readonly string[] | undefined {
  const given = error instanceof HttpStatusError ? error.details.rpcError?.data : undefined
  const data = error instanceof RpcError ? error.data : given
  return isJsonObject(data) ? versionsOf(data.supported) : undefined
}
