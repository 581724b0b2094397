import { type Deadline, startDeadline } from '../base/deadline.ts'
import { RegistryError } from '../base/errors.ts'
import type { RequestAuthorizer } from '../model/request-authorizer.ts'
import { createScrub, type Scrub, scrubNothing } from '../secrets/scrub.ts'
import { scrubError } from '../secrets/scrub-error.ts'
import { peerOf } from '../telemetry/peer.ts'
import { AuthorizerWaits } from './authorizer-waits.ts'
import type { DialEnvironment } from './connection.ts'
import type { DialPhase } from './dial-phase.ts'
import type { DialTarget } from './dial-target.ts'
import { timedOut, toRegistryError } from './failures.ts'
import { type Negotiated, Negotiation, type NegotiationOptions } from './negotiation.ts'

export interface DialOptions
  extends Pick<NegotiationOptions, 'onPhase' | 'onEnding' | 'isIntolerant' | 'onIntolerant' | 'startTurn'> {
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
  #isAuthorizing = false
  #hasEnded = false

  constructor(target: DialTarget, environment: DialEnvironment, options: DialOptions, deadline: Deadline) {
    this.#target = target
    this.#environment = environment
    this.#options = options
    this.#deadline = deadline
  }

  async run(): Promise<Negotiated> {
    const { telemetry } = this.#environment
    const deadline = this.#deadline
    const target = this.#target
    try {
      const authorizer = this.#environment.authorizerOf(target)
      const { config, known } = await target.open(deadline.signal)
      const scrub = this.#scrubOf(known, authorizer)
      this.#scrub = scrub
      const peer = peerOf(target)
      const typed = (error: unknown) => this.#typedError(error)
      const waits = authorizer && new AuthorizerWaits(() => this.#enter('AUTHORIZING'))
      const access = authorizer && waits && { authorizer, onWait: waits.begin }
      const onPhase = (phase: DialPhase) => this.#enter(phase)
      const options = { ...this.#options, deadline, typed, onPhase, waits }
      const negotiation = new Negotiation({ target, config, scrub, peer, access }, this.#environment, options)
      this.#negotiation = negotiation
      const negotiated = await negotiation.run()
      negotiated.session.onClose(telemetry.session(peer, negotiated.session.facts.protocolVersion))
      return negotiated
    } catch (cause) {
      throw this.#typedError(cause)
    } finally {
      this.#hasEnded = true
    }
  }

  /** Reports a phase once the dial has come as far. */
  #enter(phase: DialPhase): void {
    // The session's later requests may wait for the authorizer too.
    if (this.#hasEnded || this.#isAuthorizing) return
    this.#isAuthorizing = phase === 'AUTHORIZING'
    this.#options.onPhase(phase)
  }

  #scrubOf(known: readonly string[], authorizer: RequestAuthorizer | undefined): Scrub {
    const { meter } = this.#environment
    const scrub = createScrub(known, meter.budgets.textBytes, () => meter.count('textBytes'))
    if (!authorizer) return scrub
    // Tokens first: once the text is cut, the beginning of one may be at its end.
    const both = (text: string) => scrub(authorizer.scrub(text))
    return Object.assign(both, { hasSecrets: true, textBytes: scrub.textBytes })
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
