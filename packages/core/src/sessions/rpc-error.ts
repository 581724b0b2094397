import type { JsonValue } from '../base/json.ts'

/** A JSON-RPC error that a server answered a request with. */
export class RpcError extends Error {
  override readonly name = 'RpcError'
  readonly code: number
  readonly data: JsonValue | undefined
  /** The HTTP status it came with, if that was not 2xx. */
  readonly status: number | undefined

  constructor(code: number, message: string, data?: JsonValue, status?: number) {
    super(message)
    this.code = code
    this.data = data
    this.status = status
  }
}
