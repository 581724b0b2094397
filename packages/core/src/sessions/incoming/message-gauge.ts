import type { RegistryError } from '../../base/errors.ts'
import type { SessionLimits } from '../limits.ts'
import type { Pauses } from './pauses.ts'

export interface MessageGaugeOptions {
  readonly limits: SessionLimits
  readonly pauses: Pauses
  /** Called when a large message takes too long to arrive. */
  readonly onTooSlow: (error: RegistryError) => void
}

const nothing = () => undefined

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
    const next = this.#options.limits.readingSteps[this.#step]
    if (!next || bytes <= next.beyondBytes || this.#waiting) return
    void this.#takeTurn(expectedBytes)
  }

  /** Completes the message: returns the function that gives back its part of the budgets. */
  complete(): () => void {
    return this.#reset() ?? nothing
  }

  /** Gives back the part of an unfinished message. */
  end(): void {
    this.#reset()?.()
  }

  /** Takes the part of the next step, then gives back that of the last. */
  async #takeTurn(expectedBytes: number | undefined): Promise<void> {
    const { limits, pauses } = this.#options
    const { readingSteps, tenantId } = limits
    const next = readingSteps[this.#step]
    if (!next || this.#size <= next.beyondBytes) return
    const leaving = new AbortController()
    this.#waiting = leaving
    const weight = next.weight(expectedBytes)
    const resume = next.turns.isFree(tenantId, weight) ? undefined : pauses.hold()
    try {
      const part = await next.turns.acquire(tenantId, leaving.signal, weight)
      // The message may have been completed or dropped meanwhile.
      if (leaving.signal.aborted) {
        part()
        return
      }
      this.#giveBack?.()
      this.#giveBack = part
      this.#step += 1
      this.#waiting = undefined
      this.#startTimer()
      await this.#takeTurn(expectedBytes)
    } catch (error) {
      if (!leaving.signal.aborted) throw error
    } finally {
      resume?.()
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
    this.#waiting?.abort()
    this.#waiting = undefined
    clearTimeout(this.#timer)
    this.#giveBack = undefined
    this.#step = 0
    return part
  }
}
