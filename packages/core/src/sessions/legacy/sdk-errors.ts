import { McpError } from '@modelcontextprotocol/sdk/types.js'
import { isRegistryError } from '../../base/errors.ts'
import { isJsonObject } from '../../base/json.ts'
import { StreamCut } from '../http/stream-cut.ts'
import { RpcError } from '../rpc-error.ts'

/**
 * Translates an error of the SDK: a JSON-RPC error of the server, or the fault that a transport has put in its place. Leaves
 * any other error as it is.
 */
export function fromSdk(error: unknown): unknown {
  if (!(error instanceof McpError)) return error
  const { code, data, message } = error
  if (isRegistryError(data) || data instanceof StreamCut) return data
  const prefix = `MCP error ${code}: `
  const text = message.startsWith(prefix) ? message.slice(prefix.length) : message
  return new RpcError(code, text, isJsonObject(data) ? data : undefined)
}
