import { type Deadline, startDeadline } from '../base/deadline.ts'
import { RegistryError } from '../base/errors.ts'
import { createScrub, type Scrub, scrubNothing } from '../secrets/scrub.ts'
import { scrubError } from '../secrets/scrub-error.ts'
import { peerOf } from '../telemetry/peer.ts'
import type { DialEnvironment } from './connection.ts'
import type { DialTarget } from './dial-target.ts'
import { timedOut, toRegistryError } from './failures.ts'
import { type Negotiated, Negotiation, type NegotiationOptions } from './negotiation.ts'

export interface DialOptions
  extends Pick<NegotiationOptions, 'onNegotiating' | 'onEnding' | 'isIntolerant' | 'onIntolerant'> {
  readonly connectMs: number
  readonly signal: AbortSignal
}

/**
 * Opens the secrets, connects, finds the server's era and begins a session, within `connectMs`; an HTTP server that is
 * busy is asked again when it says so. Nothing that the session reports holds a secret of its server. After a rejection,
 * what was started ends by itself; `onEnding` gets that end.
 * @throws INVALID_INPUT, SECRET_UNREADABLE, CONNECT_FAILED, AUTH_REQUIRED, BUSY, PROTOCOL_ERROR, TIMEOUT, CANCELED
 */
export async function dial(
  target: DialTarget,
  environment: DialEnvironment,
  options: DialOptions,
): Promise<Negotiated> {
  using deadline = startDeadline(options.signal, [{ name: 'connectMs', ms: options.connectMs }])
  return await new Dial(target, environment, options, deadline).run()
}

class Dial {
  readonly #target: DialTarget
  readonly #environment: DialEnvironment
  readonly #options: DialOptions
  readonly #deadline: Deadline
  #scrub: Scrub = scrubNothing
  #negotiation: Negotiation | undefined

  constructor(target: DialTarget, environment: DialEnvironment, options: DialOptions, deadline: Deadline) {
    this.#target = target
    this.#environment = environment
    this.#options = options
    this.#deadline = deadline
  }

  async run(): Promise<Negotiated> {
    const { meter, telemetry } = this.#environment
    const deadline = this.#deadline
    const target = this.#target
    try {
      const { config, known } = await target.open(deadline.signal)
      const scrub = createScrub(known, meter.budgets.textBytes, () => meter.count('textBytes'))
      this.#scrub = scrub
      const peer = peerOf(target)
      const typed = (error: unknown) => this.#typedError(error)
      const opened = { target, config, scrub, peer }
      const negotiation = new Negotiation(opened, this.#environment, { ...this.#options, deadline, typed })
      this.#negotiation = negotiation
      const negotiated = await negotiation.run()
      negotiated.session.onClose(telemetry.session(peer, negotiated.session.facts.protocolVersion))
      return negotiated
    } catch (cause) {
      throw this.#typedError(cause)
    }
  }

  #typedError(cause: unknown): RegistryError {
    const { error: late } = this.#deadline
    const { config } = this.#target
    const connection = this.#negotiation?.connection
    if (late) return timedOut(late, config, connection?.stderrTail ?? [])
    return scrubError(dialError(cause, this.#target, connection), this.#scrub)
  }
}

function dialError(error: unknown, { config }: DialTarget, connection: Negotiation['connection']): RegistryError {
  const end = connection?.transport?.end
  const stderrTail = [...(connection?.stderrTail ?? [])]
  if (end && config.transport === 'stdio' && end.cause === undefined) {
    return new RegistryError('CONNECT_FAILED', `"${config.command}" did not speak MCP: ${end.words}`, {
      cause: error,
      retryable: true,
      details: { stderrTail },
    })
  }
  return toRegistryError(end?.cause ?? error, config, stderrTail)
}
