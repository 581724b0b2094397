import { isRegistryError, RegistryError } from '../base/errors.ts'
import { scrubError } from '../secrets/scrub-error.ts'
import type { ConnectionBase } from './connection.ts'
import { toRegistryError } from './failures.ts'
import { AuthorizationError } from './http/http-errors.ts'
import type { TransportEnd } from './transport.ts'

/** The errors that a session reports, with its server's stderr and without its secrets. */
export class SessionErrors {
  readonly #connection: Pick<ConnectionBase, 'config' | 'scrub' | 'stderrTail'>
  readonly #end: () => TransportEnd | undefined

  /** `end` answers how the other side ended; undefined while it has not. */
  constructor(
    connection: Pick<ConnectionBase, 'config' | 'scrub' | 'stderrTail'>,
    end: () => TransportEnd | undefined,
  ) {
    this.#connection = connection
    this.#end = end
  }

  /** The error of a request that the server may have received, once no answer can come. `reason`: what cut it, if known. */
  lost(what: string, cause: unknown, reason: unknown): RegistryError {
    const { scrub, stderrTail } = this.#connection
    const given = reason ?? this.#end()?.cause
    const known = given instanceof AuthorizationError ? given.cause : given
    if (isRegistryError(known)) return scrubError(known, scrub)
    const details = stderrTail.length > 0 ? { stderrTail: [...stderrTail] } : {}
    const lost = { cause: known ?? cause, retryable: true, details }
    return scrubError(new RegistryError('CONNECT_FAILED', `${what}${this.#how()}`, lost), scrub)
  }

  /** The error of a request that was not sent, as the session takes none. */
  closed(): RegistryError {
    const message = `The session was closed before the request was sent${this.#how()}`
    return new RegistryError('CONNECT_FAILED', message, { retryable: true })
  }

  typed(error: unknown): RegistryError {
    const { config, scrub, stderrTail } = this.#connection
    return scrubError(toRegistryError(error, config, [...stderrTail]), scrub)
  }

  #how(): string {
    const end = this.#end()
    return end ? `: ${end.words}` : ''
  }
}
