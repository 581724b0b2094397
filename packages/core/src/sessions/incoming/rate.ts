import { setTimeout as delay } from 'node:timers/promises'
import { slices } from '../../base/slices.ts'

/** Without anything taken for so long, other work had its turn. */
const idleMs = 5
/** What is taken without a look at others. */
const fewInARow = 16

/** So many units a second, of which twice as many may be taken at once. */
export interface Allowance {
  /** Takes units, which may not be there yet; answers in how many ms they are. */
  take(units: number): number
}

export function createAllowance(perSecond: number): Allowance {
  const most = 2 * perSecond
  let left = most
  let at = performance.now()
  return {
    take(units) {
      const now = performance.now()
      left = Math.min(most, left + ((now - at) / 1_000) * perSecond) - units
      at = now
      return left < 0 ? (-left / perSecond) * 1_000 : 0
    },
  }
}

/** Bounds what is taken a second; what is more waits. */
export interface Rate {
  /** Charges so many units, and resolves once the next may be taken. */
  charge(units: number): Promise<void>
  /** Ends the waits, and lets everything through. */
  stop(): void
}

/** Keeps to all of the allowances. */
export function createRate(...allowances: readonly Allowance[]): Rate {
  const stopping = new AbortController()
  const { signal } = stopping
  let at = performance.now()
  let inARow = 0

  return {
    async charge(units) {
      if (signal.aborted) return
      const now = performance.now()
      inARow = now - at > idleMs ? 1 : inARow + 1
      at = now
      const waitMs = Math.max(...allowances.map((each) => each.take(units)))
      // It rejects once it is stopped, which is what ends the wait.
      if (waitMs > 0) await delay(waitMs, undefined, { signal, ref: false }).catch(() => undefined)
      else if (inARow > fewInARow) await slices.turn()
    },
    stop: () => stopping.abort(),
  }
}
