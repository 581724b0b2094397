import type { RegistryError } from '../../base/errors.ts'
import type { Release } from '../../budgets/turns.ts'
import type { ReadingStep, SessionLimits } from '../limits.ts'
import type { Pauses } from './pauses.ts'

export interface MessageGaugeOptions {
  readonly limits: SessionLimits
  readonly pauses: Pauses
  /** Called when a large message takes too long to arrive. */
  readonly onTooSlow: (error: RegistryError) => void
}

const nothing = () => undefined
/** Made once: an abort without a reason makes an error with a stack each time. */
const messageEnded = new Error('The message has ended')

/** Makes a source wait for its turn as its message grows large. */
export class MessageGauge {
  readonly #options: MessageGaugeOptions
  #step = 0
  #size = 0
  #giveBack: (() => void) | undefined
  #waiting: AbortController | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(options: MessageGaugeOptions) {
    this.#options = options
  }

  /** Records the size of the unfinished message, and the size that its sender announced, if any. */
  grewTo(bytes: number, expectedBytes?: number): void {
    this.#size = bytes
    if (this.#waiting) return
    const { tenantId } = this.#options.limits
    for (let next = this.#nextStep(); next; next = this.#nextStep()) {
      // Most messages need not wait.
      const part = next.turns.tryAcquire(tenantId, next.weight(expectedBytes))
      if (!part) {
        void this.#takeTurn(next, expectedBytes)
        return
      }
      this.#enter(part)
    }
  }

  /** Completes the message: returns the function that gives back its part of the budgets. */
  complete(): () => void {
    return this.#reset() ?? nothing
  }

  /** Gives back the part of an unfinished message. */
  end(): void {
    this.#reset()?.()
  }

  /** The step that the message has come to, if it is a further one. */
  #nextStep(): ReadingStep | undefined {
    const next = this.#options.limits.readingSteps[this.#step]
    return next && this.#size > next.beyondBytes ? next : undefined
  }

  /** Gives back the part of the last step. */
  #enter(part: Release): void {
    this.#giveBack?.()
    this.#giveBack = part
    this.#step += 1
    this.#startTimer()
  }

  /** Waits for the part of the next step while the source is held. */
  async #takeTurn(next: ReadingStep, expectedBytes: number | undefined): Promise<void> {
    const { limits, pauses } = this.#options
    const leaving = new AbortController()
    this.#waiting = leaving
    const resume = pauses.hold()
    try {
      const part = await next.turns.acquire(limits.tenantId, leaving.signal, next.weight(expectedBytes))
      // The message may have been completed or dropped meanwhile.
      if (leaving.signal.aborted) {
        part()
        return
      }
      this.#waiting = undefined
      this.#enter(part)
      const further = this.#nextStep()
      if (further) await this.#takeTurn(further, expectedBytes)
    } catch (error) {
      if (!leaving.signal.aborted) throw error
    } finally {
      resume()
    }
  }

  #startTimer(): void {
    const { limits, onTooSlow } = this.#options
    const { meter } = limits
    const what = 'The time that a large message of the server takes'
    clearTimeout(this.#timer)
    const onLate = () => onTooSlow(meter.exceeded('largeMessageMs', { what }))
    this.#timer = setTimeout(onLate, meter.budgets.largeMessageMs).unref()
  }

  #reset(): (() => void) | undefined {
    const part = this.#giveBack
    this.#size = 0
    if (this.#step === 0 && !this.#waiting) return undefined
    this.#waiting?.abort(messageEnded)
    this.#waiting = undefined
    clearTimeout(this.#timer)
    this.#giveBack = undefined
    this.#step = 0
    return part
  }
}
