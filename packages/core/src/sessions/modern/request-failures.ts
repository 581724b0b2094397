import type { Deadline } from '../../base/deadline.ts'
import { isRegistryError } from '../../base/errors.ts'
import { deliveryOf } from '../failures.ts'
import { AuthorizationError } from '../http/http-errors.ts'
import type { Failure } from '../session-base.ts'
import type { SessionErrors } from '../session-errors.ts'
import { AnswerCut } from './channel.ts'
import { isOtherEra } from './other-era.ts'

export interface FailedRequest {
  readonly deadline: Deadline
  readonly errors: SessionErrors
  /** Whether no answer can come any more. */
  readonly isDead: boolean
  /** Whether the next dial may have other credentials. */
  readonly readsSecrets: boolean
}

/** Tells how far a failed request got, types its error, and says whether its session takes another request. */
export function readFailure(
  error: unknown,
  { deadline, errors, isDead, readsSecrets }: FailedRequest,
): { readonly failure: Failure; readonly endsSession: boolean } {
  const stays = (failure: Failure) => ({ failure, endsSession: false })
  const { error: passed } = deadline
  if (passed) return stays({ kind: passed.code === 'TIMEOUT' ? 'TIMED_OUT' : 'CANCELED', error: passed })
  if (isRegistryError(error) && error.path?.[0] === 'args') return stays({ kind: 'UNSENDABLE', error })
  const delivery = deliveryOf(error)
  // The session is not at fault, and outlives its tokens.
  if (error instanceof AuthorizationError && !isDead && delivery !== 'UNKNOWN') {
    return stays({ kind: delivery, error: errors.typed(error) })
  }
  // A server of another era has refused it unread, and takes no other request of this session.
  if (delivery === 'NOT_SENT' || isOtherEra(error)) {
    return { failure: { kind: 'NOT_SENT', error: errors.typed(error) }, endsSession: true }
  }
  if (isDead || error instanceof AnswerCut) {
    const reason = error instanceof AnswerCut ? error.cause : undefined
    const what = 'The connection was lost after the request had been sent'
    return stays({ kind: 'LOST', error: errors.lost(what, error, reason) })
  }
  const typed = errors.typed(error)
  // Secrets that are read at the next dial may be the ones that the server asks for.
  const endsSession = typed.details.httpStatus === 401 && readsSecrets
  if (typed.code === 'TIMEOUT') return { failure: { kind: 'TIMED_OUT', error: typed }, endsSession }
  return { failure: { kind: delivery === 'REFUSED' ? 'REFUSED' : 'LOST', error: typed }, endsSession }
}
