import type { RegistryError } from '../../base/errors.ts'
import type { SessionLimits } from '../limits.ts'
import type { Pauses } from './pauses.ts'

export interface MessageGaugeOptions {
  readonly limits: SessionLimits
  readonly pauses: Pauses
  /** Hears that a large message takes too long to come. */
  readonly onTooSlow: (error: RegistryError) => void
}

const nothing = () => undefined

/** Has a source wait for its turn as a message of it grows large. */
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

  /** The unfinished message has so many bytes now; how many it will have, where that is told. */
  grewTo(bytes: number, expectedBytes?: number): void {
    this.#size = bytes
    const next = this.#options.limits.readingSteps[this.#step]
    if (!next || bytes <= next.beyondBytes || this.#waiting) return
    void this.#takeTurn(expectedBytes)
  }

  /** The message is complete: hands over what it has of the budgets, as the function that gives it back. */
  complete(): () => void {
    return this.#reset() ?? nothing
  }

  /** Nothing more comes. */
  end(): void {
    this.#reset()?.()
  }

  /** Takes the part of the next step, and gives back that of the one before. */
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
      // It may be complete, or at its end, by now.
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
