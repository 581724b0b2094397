import { existsSync } from 'node:fs'
import { SseError } from '@modelcontextprotocol/sdk/client/sse.js'
import { StreamableHTTPError } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { McpError } from '@modelcontextprotocol/sdk/types.js'
import { isRegistryError, RegistryError, type RegistryErrorOptions } from '../errors.ts'
import type { ResolvedConfig } from '../servers/resolve-config.ts'

/** Error codes of the system and of undici that say that no connection came about, so that nothing was sent. */
const neverConnectedCodes = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'ERR_INVALID_URL',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_HAS_EXPIRED',
  'ERR_TLS_CERT_ALTNAME_INVALID',
])

/** The first code (errno, undici, TLS) in the chain of causes; of an AggregateError, that of its first error. */
export function systemCode(error: unknown): string | undefined {
  for (let at = error, hops = 0; at instanceof Error && hops < 8; hops += 1) {
    if ('code' in at && typeof at.code === 'string') return at.code
    at = at instanceof AggregateError ? at.errors[0] : at.cause
  }
  return undefined
}

/** The HTTP status that an error of the SDK's transports carries. */
export function httpStatus(error: unknown): number | undefined {
  const isTransportError = error instanceof StreamableHTTPError || error instanceof SseError
  return isTransportError && error.code !== undefined && error.code >= 100 ? error.code : undefined
}

export function wasNeverSent(error: unknown): boolean {
  const status = httpStatus(error)
  if (status !== undefined) return status === 404
  const code = systemCode(error)
  return code !== undefined && neverConnectedCodes.has(code)
}

/** Whether the server, by the status that it answered, did not take the request up: 4xx, and 503 (RFC 9110 section 15). */
export function wasRefused(error: unknown): boolean {
  const status = httpStatus(error)
  return status !== undefined && ((status >= 400 && status < 500) || status === 503)
}

function inWords(code: string, config: ResolvedConfig): string {
  if (config.transport === 'stdio') {
    if (code === 'ENOENT') {
      const cwdIsMissing = config.cwd !== null && !existsSync(config.cwd)
      return cwdIsMissing
        ? `the working directory "${config.cwd}" does not exist (ENOENT)`
        : `the command "${config.command}" was not found (ENOENT)`
    }
    if (code === 'EACCES') return `"${config.command}" may not be executed (EACCES)`
  }
  if (code === 'ECONNREFUSED') return 'nothing listens there (ECONNREFUSED)'
  if (code === 'ENOTFOUND') return 'the host name is not known (ENOTFOUND)'
  return code
}

function target(config: ResolvedConfig): string {
  if (config.transport === 'stdio') return `"${config.command}"`
  // Query and fragment may hold secrets.
  const url = new URL(config.serverUrl)
  return `${url.origin}${url.pathname}`
}

/** What went wrong with a server, from an error of the SDK, fetch or the system, by its structure alone. */
export function toRegistryError(error: unknown, config: ResolvedConfig, stderrTail: readonly string[]): RegistryError {
  if (isRegistryError(error)) return error
  const status = httpStatus(error)
  const options = (details: RegistryErrorOptions['details'], retryable: boolean): RegistryErrorOptions => ({
    cause: error,
    retryable,
    details: { ...details, ...(stderrTail.length > 0 ? { stderrTail } : {}) },
  })
  if (status === 401 || status === 403) {
    const message = `${target(config)} asks for authorization (HTTP ${status}); check the server's auth header and token`
    return new RegistryError('AUTH_REQUIRED', message, options({ httpStatus: status }, false))
  }
  if (status !== undefined) {
    const message = `${target(config)} answered HTTP ${status}, expected an MCP endpoint`
    return new RegistryError('CONNECT_FAILED', message, options({ httpStatus: status }, status >= 429))
  }
  if (error instanceof McpError) {
    const message = `${target(config)} answered with JSON-RPC error ${error.code}: ${error.message}`
    return new RegistryError('PROTOCOL_ERROR', message, options({ jsonRpcCode: error.code }, false))
  }
  const code = systemCode(error)
  if (code !== undefined) {
    const verb = config.transport === 'stdio' ? 'start' : 'reach'
    return new RegistryError(
      'CONNECT_FAILED',
      `Could not ${verb} ${target(config)}: ${inWords(code, config)}`,
      options({}, true),
    )
  }
  // What fetch itself refuses (a port on its block list, for one) has a cause without a code.
  if (error instanceof TypeError && error.cause instanceof Error) {
    const message = `Could not reach ${target(config)}: ${error.cause.message}`
    return new RegistryError('CONNECT_FAILED', message, options({}, false))
  }
  const reason = error instanceof Error ? error.message : String(error)
  return new RegistryError('PROTOCOL_ERROR', `${target(config)} did not speak MCP: ${reason}`, options({}, false))
}
