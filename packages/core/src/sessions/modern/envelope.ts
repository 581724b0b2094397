import type { JsonObject } from '../../base/json.ts'
import { inputCapabilities, type McpInputPolicy } from '../../model/input-request.ts'
import { encodeHeaderValue } from './header-value.ts'
import { metaKeys, modernVersion } from './revision.ts'

export interface EnvelopeOptions {
  readonly clientInfo: { readonly name: string; readonly version: string }
  /** What the server may ask for while it works on a call. @default nothing */
  readonly inputPolicy?: McpInputPolicy | undefined
}

/** What stands in the envelope of one request beside what is in all of them. */
export interface EnvelopeContent {
  readonly params: JsonObject
  /** The trace, as members of `_meta`. */
  readonly carrier?: Readonly<Record<string, string>> | undefined
  readonly progressToken?: number | undefined
  /** Has the server send log messages from this level on. */
  readonly logLevel?: string | undefined
  /** Headers that mirror args. */
  readonly paramHeaders?: Readonly<Record<string, string>> | undefined
}

/** A request that is whole in itself. */
export interface Envelope {
  readonly params: JsonObject
  /** For HTTP; a line needs none. */
  readonly headers: Readonly<Record<string, string>>
}

/** Which member of its params a method has mirrored as `Mcp-Name`. */
const namedBy: Readonly<Record<string, string>> = {
  'tools/call': 'name',
  'prompts/get': 'name',
  'resources/read': 'uri',
}

/**
 * Answers the function that puts requests into their envelopes: `_meta`, and the headers that mirror it (MCP 2026-07-28,
 * Streamable HTTP, request metadata). It throws INVALID_INPUT or LIMIT_EXCEEDED for a name that no header can carry.
 */
export function createEnvelopes({ clientInfo, inputPolicy = 'NONE' }: EnvelopeOptions) {
  const ofAll = {
    [metaKeys.protocolVersion]: modernVersion,
    [metaKeys.clientInfo]: { name: clientInfo.name, version: clientInfo.version },
    // Only a run can wait for an answer; what else is asked for has no one to answer it.
    [metaKeys.clientCapabilities]: {},
  }
  const ofCalls = { ...ofAll, [metaKeys.clientCapabilities]: inputCapabilities(inputPolicy) }
  return (method: string, { params, carrier, progressToken, logLevel, paramHeaders }: EnvelopeContent): Envelope => {
    const _meta: Record<string, JsonObject[string]> = { ...(method === 'tools/call' ? ofCalls : ofAll), ...carrier }
    if (progressToken !== undefined) _meta.progressToken = progressToken
    if (logLevel !== undefined) _meta[metaKeys.logLevel] = logLevel
    const key = namedBy[method]
    const name = key === undefined ? undefined : params[key]
    return {
      params: { ...params, _meta },
      headers: {
        ...paramHeaders,
        'mcp-protocol-version': modernVersion,
        'mcp-method': method,
        ...(typeof name === 'string'
          ? { 'mcp-name': encodeHeaderValue(name, `The ${key} "${name.slice(0, 50)}"`) }
          : {}),
      },
    }
  }
}
