import { type HttpStatusDetails, HttpStatusError } from '../http/http-errors.ts'
import { isModernCode } from '../modern/revision.ts'
import { RpcError } from '../rpc-error.ts'
import type { SessionTransport } from '../transport.ts'

/**
 * Statuses that servers send instead of 404 (MCP 2025-11-25, session management) for a session that they do not know.
 */
const inPlaceOf404 = [400, 401, 410, 422]
/** The code that the SDKs send with "Session not found". */
const sessionNotFound = -32001
const aboutSession = /\bsession\b/i
/** The SDKs' wording under other codes: more general words may be about a session of a tool. */
const noSession = /\bno valid session\b|\bmcp-session-id\b|\bserver not initialized\b/i
const timedOut = /\btimed? ?out\b/i

/** Whether a JSON-RPC error says that the server does not know the session, so that no handler saw the request. */
export function saysSessionIsUnknown({ code, message }: RpcError): boolean {
  if (noSession.test(message)) return true
  return code === sessionNotFound && aboutSession.test(message) && !timedOut.test(message)
}

/** Whether a status is about the authorization of a request, whatever session it has. */
const isAboutAuthorization = ({ status, isAuthorized = false }: HttpStatusDetails) =>
  isAuthorized && (status === 401 || status === 403)

/**
 * Whether a request was refused because of its session, before any handler saw it: it may be sent once more to a new
 * session. A status of 5xx never says so: it may come after the request took effect.
 */
export function isSessionForgotten(details: HttpStatusDetails): boolean {
  const { status, hadSession, rpcError } = details
  // The server has left the revisions with sessions.
  if (status >= 400 && status < 500 && isModernCode(rpcError?.code)) return true
  if (!hadSession || status < 400 || status >= 500) return false
  if (status === 404 || status === 410) return true
  if (rpcError && (aboutSession.test(rpcError.message) || noSession.test(rpcError.message))) return true
  if (isAboutAuthorization(details)) return false
  return inPlaceOf404.includes(status) && !rpcError?.hasId
}

/** Whether an answer leaves it uncertain that the server knows the session, which then gets no further requests. */
export function isSessionInDoubt(error: unknown, { mcpSessionId }: Pick<SessionTransport, 'mcpSessionId'>): boolean {
  if (error instanceof RpcError) return mcpSessionId !== undefined && error.code === sessionNotFound
  if (!(error instanceof HttpStatusError)) return false
  const { status, hadSession, rpcError } = error.details
  const isBusy = status === 429 || status === 503
  return hadSession && !isBusy && !rpcError?.hasId && !isAboutAuthorization(error.details)
}
