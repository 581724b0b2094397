import type { RegistryError } from '../../errors.ts'
import type { SessionLimits } from '../limits.ts'
import type { Pauses } from './pauses.ts'

/** Has a source wait for its turn as a message of it grows large. */
export interface MessageGauge {
  /** The unfinished message has so many bytes now; how many it will have, where that is told. */
  grewTo(bytes: number, expectedBytes?: number): void
  /** The message is complete: hands over what it has of the budgets, as the function that gives it back. */
  complete(): () => void
  /** Nothing more comes. */
  end(): void
}

export interface MessageGaugeOptions {
  readonly limits: SessionLimits
  readonly pauses: Pauses
  /** Hears that a large message takes too long to come. */
  readonly onTooSlow: (error: RegistryError) => void
}

export function createMessageGauge({ limits, pauses, onTooSlow }: MessageGaugeOptions): MessageGauge {
  const { meter, readingSteps, tenantId } = limits
  let step = 0
  let size = 0
  let giveBack: (() => void) | undefined
  let waiting: AbortController | undefined
  let timer: NodeJS.Timeout | undefined

  /** Takes the part of the next step, and gives back that of the one before. */
  async function takeTurn(expectedBytes: number | undefined): Promise<void> {
    const next = readingSteps[step]
    if (!next || size <= next.beyondBytes) return
    const leaving = new AbortController()
    waiting = leaving
    const weight = next.weight(expectedBytes)
    const resume = next.turns.isFree(tenantId, weight) ? undefined : pauses.hold()
    try {
      const part = await next.turns.acquire(tenantId, leaving.signal, weight)
      // It may be complete, or at its end, since.
      if (leaving.signal.aborted) {
        part()
        return
      }
      giveBack?.()
      giveBack = part
      step += 1
      waiting = undefined
      clearTimeout(timer)
      timer = setTimeout(() => {
        onTooSlow(meter.exceeded('largeMessageMs', { what: 'The time that a large message of the server takes' }))
      }, meter.budgets.largeMessageMs).unref()
      await takeTurn(expectedBytes)
    } catch (error) {
      if (!leaving.signal.aborted) throw error
    } finally {
      resume?.()
    }
  }

  function reset(): (() => void) | undefined {
    waiting?.abort()
    waiting = undefined
    clearTimeout(timer)
    const part = giveBack
    giveBack = undefined
    step = 0
    size = 0
    return part
  }

  return {
    grewTo(bytes, expectedBytes) {
      size = bytes
      const next = readingSteps[step]
      if (waiting || !next || bytes <= next.beyondBytes) return
      void takeTurn(expectedBytes)
    },
    complete: () => reset() ?? nothing,
    end: () => reset()?.(),
  }
}

const nothing = () => undefined
