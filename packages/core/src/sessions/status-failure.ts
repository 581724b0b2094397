import type { ErrorDetails } from '../base/errors.ts'
import { authorizationChallenge } from '../model/oauth-challenge.ts'
import { parseScopes } from '../model/oauth-scopes.ts'
import type { ServerConfig } from '../model/server.ts'
import type { HttpStatusDetails } from './http/http-errors.ts'

/** What an HTTP status means to the caller. */
export interface StatusFailure {
  readonly code: 'AUTH_REQUIRED' | 'BUSY' | 'CONNECT_FAILED' | 'PROTOCOL_ERROR'
  readonly message: string
  readonly retryable: boolean
  readonly details: ErrorDetails
}

/** Whether a server has no credentials of any kind. */
function hasNoCredentials(config: ServerConfig): boolean {
  if (config.transport === 'stdio' || config.auth !== null) return false
  return !config.headers.some(({ name }) => name.toLowerCase() === 'authorization')
}

/** 401 and 403, with what the caller has to do. */
function authFailure(
  { status, challenges = [], isAuthorized = false }: HttpStatusDetails,
  where: string,
  config: ServerConfig,
): Pick<StatusFailure, 'message' | 'details'> {
  const { resourceMetadataUrl, scope } = authorizationChallenge(challenges)
  const wantsOAuth = resourceMetadataUrl !== undefined && status === 401 && hasNoCredentials(config)
  if (!isAuthorized && !wantsOAuth) {
    const message = `${where} asks for authorization (HTTP ${status}); check the server's auth header and token`
    return { message, details: { httpStatus: status } }
  }
  const scopes = parseScopes(scope)
  const details = { httpStatus: status, authentication: 'OAUTH', ...(scopes.length > 0 ? { scopes } : {}) } as const
  if (!isAuthorized) {
    const message = `${where} asks for authorization by OAuth (HTTP ${status}); connect it first`
    return { message, details }
  }
  const refused = status === 401 ? 'its access token' : 'what its access token allows'
  return { message: `${where} refuses ${refused} (HTTP ${status}); connect it anew by OAuth`, details }
}

/** Translates an answer that is not 2xx, or that does not answer its request. `where`: the server in words. */
export function statusFailure(given: HttpStatusDetails, where: string, config: ServerConfig): StatusFailure {
  const { status, location, retryAfterMs, hadSession, lacksAnswer, rpcError } = given
  const said = rpcError === undefined ? '' : `: ${rpcError.message}`
  const details = { httpStatus: status, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) }
  if (lacksAnswer) {
    const got = rpcError ? `an error without the id of the request${said}` : 'no answer to the request'
    const message = `${where} answered HTTP ${status} with ${got}; expected an MCP endpoint`
    return { code: 'PROTOCOL_ERROR', message, retryable: false, details }
  }
  if (status === 401 || status === 403) {
    const failure = authFailure(given, where, config)
    return { code: 'AUTH_REQUIRED', retryable: false, ...failure, details: { ...details, ...failure.details } }
  }
  if (status === 429 || status === 503) {
    const wait = retryAfterMs === undefined ? '' : `; it asks to wait ${Math.ceil(retryAfterMs / 1_000)} s`
    return { code: 'BUSY', message: `${where} is busy (HTTP ${status})${wait}${said}`, retryable: true, details }
  }
  if ((status === 404 || status === 410) && hadSession) {
    const message = `${where} no longer knows the session (HTTP ${status})`
    return { code: 'CONNECT_FAILED', message, retryable: true, details }
  }
  if (location !== undefined) {
    const message = `${where} redirects to ${location} (HTTP ${status}), where its credentials do not go; register that URL if it is right`
    return { code: 'CONNECT_FAILED', message, retryable: false, details }
  }
  const message = `${where} answered HTTP ${status}, expected an MCP endpoint${said}`
  return { code: 'CONNECT_FAILED', message, retryable: status >= 500, details }
}
