import { existsSync } from 'node:fs'
import { win32 } from 'node:path'
import { findCause, registryErrorIn } from '../base/causes.ts'
import { isRegistryError, RegistryError, type RegistryErrorOptions } from '../base/errors.ts'
import type { ServerConfig } from '../model/server.ts'
import { AuthorizationError, ExchangeError, HttpStatusError } from './http/http-errors.ts'
import { isSessionForgotten } from './legacy/forgotten-session.ts'
import { RpcError } from './rpc-error.ts'
import { statusFailure } from './status-failure.ts'

/** Progress of a request without an answer. */
export type Delivery =
  /** The server refused it. */
  | 'REFUSED'
  /** It certainly never reached the server. */
  | 'NOT_SENT'
  /** It may have taken effect. */
  | 'UNKNOWN'

export function deliveryOf(error: unknown): Delivery {
  if (error instanceof HttpStatusError) {
    const { status } = error.details
    // MCP 2025-11-25, session management: a server that does not know the session takes nothing from it.
    if (isSessionForgotten(error.details)) return 'NOT_SENT'
    // RFC 9110 section 15: 3xx, 4xx and 503 come instead of the effect; another 5xx may come after it.
    return (status >= 300 && status < 500) || status === 503 ? 'REFUSED' : 'UNKNOWN'
  }
  if (error instanceof AuthorizationError) return error.wasRefused ? 'REFUSED' : 'NOT_SENT'
  if (error instanceof ExchangeError) return error.wasSent ? 'UNKNOWN' : 'NOT_SENT'
  if (error instanceof RpcError) return 'REFUSED'
  // An answer that is not understood may belong to a call that took effect.
  if (isRegistryError(error)) return 'UNKNOWN'
  // A line that was not written whole cannot have been read as a message.
  const code = systemCode(error)
  return code === 'EPIPE' || code === 'ERR_STREAM_DESTROYED' || code === 'ERR_STREAM_WRITE_AFTER_END'
    ? 'NOT_SENT'
    : 'UNKNOWN'
}

/** The first code (errno, undici, TLS) in the chain of causes. */
function systemCode(error: unknown): string | undefined {
  return findCause(error, (at) => ('code' in at && typeof at.code === 'string' ? at.code : undefined))
}

function inWords(code: string, config: ServerConfig): string {
  if (config.transport === 'stdio') {
    if (code === 'ENOENT') {
      const cwdIsMissing = config.cwd !== null && !existsSync(config.cwd)
      return cwdIsMissing
        ? `the working directory "${config.cwd}" does not exist (ENOENT)`
        : `the command "${config.command}" was not found (ENOENT)`
    }
    if (code === 'EACCES') return `"${config.command}" may not be executed (EACCES)`
    return code
  }
  switch (code) {
    case 'UND_ERR_INVALID_ARG':
      // undici has no other code for HTTP 407, and takes every other argument that it is given here.
      return 'the proxy asks for credentials (HTTP 407); put them into its URL'
    case 'ECONNREFUSED':
      return 'nothing listens there (ECONNREFUSED)'
    case 'ENOTFOUND':
      return 'the host name is not known (ENOTFOUND)'
    case 'ECONNRESET':
    case 'UND_ERR_SOCKET':
      return `the connection broke (${code})`
    default:
      return code
  }
}

function target(config: ServerConfig): string {
  if (config.transport === 'stdio') return `"${config.command}"`
  // Query and fragment may hold secrets.
  const url = new URL(config.serverUrl)
  return `${url.origin}${url.pathname}`
}

/** Programs that may download what they run, by their usual names. */
const downloaders = /^(npx|npm|pnpm|pnpx|yarn|bunx?|uvx?|pipx|deno|docker|podman)(?:\.exe|\.cmd)?$/i

/** The error of a dial that took too long, with the child's stderr and a likely reason if the server is over stdio. */
export function timedOut(error: RegistryError, config: ServerConfig, stderrTail: readonly string[]): RegistryError {
  if (error.code !== 'TIMEOUT' || config.transport !== 'stdio') return error
  const [, program] = downloaders.exec(win32.basename(config.command)) ?? []
  const advice =
    program === undefined
      ? ''
      : `; ${program} may still have been downloading what it runs: run it once in a terminal, or raise connectMs`
  const details = { ...error.details, ...(stderrTail.length > 0 ? { stderrTail } : {}) }
  return new RegistryError('TIMEOUT', `${error.message}${advice}`, { cause: error, retryable: true, details })
}

/** Translates an error of a transport, a server or the system, by its structure alone. */
export function toRegistryError(error: unknown, config: ServerConfig, stderrTail: readonly string[]): RegistryError {
  const known = registryErrorIn(error)
  if (known) return known
  const options = (details: RegistryErrorOptions['details'], retryable: boolean): RegistryErrorOptions => ({
    cause: error,
    retryable,
    details: { ...details, ...(stderrTail.length > 0 ? { stderrTail } : {}) },
  })
  const where = target(config)
  if (error instanceof HttpStatusError) {
    const { code, message, retryable, details } = statusFailure(error.details, where, config)
    return new RegistryError(code, message, options(details, retryable))
  }
  if (error instanceof RpcError) {
    const message = `${where} answered with JSON-RPC error ${error.code}: ${error.message}`
    return new RegistryError('PROTOCOL_ERROR', message, options({ jsonRpcCode: error.code }, false))
  }
  const code = systemCode(error)
  if (code !== undefined) {
    const verb = config.transport === 'stdio' ? 'start' : 'reach'
    const message = `Could not ${verb} ${where}: ${inWords(code, config)}`
    return new RegistryError('CONNECT_FAILED', message, options({ systemCode: code }, true))
  }
  if (error instanceof ExchangeError) {
    const reason = error.cause instanceof Error ? error.cause.message : String(error.cause)
    return new RegistryError('CONNECT_FAILED', `Could not reach ${where}: ${reason}`, options({}, true))
  }
  const reason = error instanceof Error ? error.message : String(error)
  return new RegistryError('PROTOCOL_ERROR', `${where} did not speak MCP: ${reason}`, options({}, false))
}
