import type { Deadline } from '../../base/deadline.ts'
import { isRegistryError, RegistryError } from '../../base/errors.ts'
import { scrubError } from '../../secrets/scrub-error.ts'
import type { ChannelConnection } from '../connection.ts'
import { deliveryOf, toRegistryError } from '../failures.ts'
import type { CallOutcome } from '../session.ts'
import { AnswerCut } from './channel.ts'
import { isOtherEra } from './other-era.ts'
import { InputRequired } from './results.ts'

export type RequestFailure = Exclude<CallOutcome, { kind: 'ANSWERED' }>

/** What went wrong with a request, and whether its session takes another. */
export interface ReadFailure {
  readonly failure: RequestFailure
  readonly endsSession: boolean
}

/** Tells how far failed requests of a session got, and types their errors. */
export class RequestFailures {
  readonly #connection: ChannelConnection

  constructor(connection: ChannelConnection) {
    this.#connection = connection
  }

  /** `isDead`: no answer can come any more. */
  read(error: unknown, deadline: Deadline, isDead: boolean): ReadFailure {
    const stays = (failure: RequestFailure): ReadFailure => ({ failure, endsSession: false })
    const { error: passed } = deadline
    if (passed) return stays({ kind: passed.code === 'TIMEOUT' ? 'TIMED_OUT' : 'CANCELED', error: passed })
    if (isRegistryError(error) && error.path?.[0] === 'args') return stays({ kind: 'UNSENDABLE', error })
    if (error instanceof InputRequired) return stays({ kind: 'INPUT_REQUIRED', error: error.reason })
    const delivery = deliveryOf(error)
    // A server of another era has refused it unread, and takes no other request of this session.
    if (delivery === 'NOT_SENT' || isOtherEra(error)) {
      return { failure: { kind: 'NOT_SENT', error: this.#typed(error) }, endsSession: true }
    }
    if (isDead || error instanceof AnswerCut) {
      return stays({ kind: 'LOST', error: this.lost('The connection was lost after the request had been sent', error) })
    }
    const typed = this.#typed(error)
    // Secrets that are read at the next dial may be the ones that the server asks for.
    const endsSession = typed.details.httpStatus === 401 && this.#connection.readsSecrets
    if (typed.code === 'TIMEOUT') return { failure: { kind: 'TIMED_OUT', error: typed }, endsSession }
    return { failure: { kind: delivery === 'REFUSED' ? 'REFUSED' : 'LOST', error: typed }, endsSession }
  }

  /** The connection, or the stream of a request, is gone: no answer can come. */
  lost(what: string, error: unknown): RegistryError {
    const { channel, scrub, stderrTail } = this.#connection
    const { end } = channel
    const reason = (error instanceof AnswerCut ? error.cause : undefined) ?? end?.cause
    if (isRegistryError(reason)) return scrubError(reason, scrub)
    const details = stderrTail.length > 0 ? { stderrTail: [...stderrTail] } : {}
    const lost = { cause: reason ?? error, retryable: true, details }
    return scrubError(new RegistryError('CONNECT_FAILED', `${what}${this.#how()}`, lost), scrub)
  }

  closed(): RegistryError {
    const message = `The session was closed before the request was sent${this.#how()}`
    return new RegistryError('CONNECT_FAILED', message, { retryable: true })
  }

  #how(): string {
    const { end } = this.#connection.channel
    return end ? `: ${end.words}` : ''
  }

  #typed(error: unknown): RegistryError {
    const { config, scrub, stderrTail } = this.#connection
    return scrubError(toRegistryError(error, config, [...stderrTail]), scrub)
  }
}
