import { setTimeout as delay } from 'node:timers/promises'
import { slices } from '../../base/slices.ts'

/** Time without a charge after which other work has had its turn, in ms. */
const idleMs = 5
/** Charges in a row before other work gets a turn. */
const fewInARow = 16

/** Units per second, of which twice as many may be taken at once. */
export interface Allowance {
  /** Takes units that may not be there yet; returns the ms until they are. */
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

/** Bounds the units taken per second; more of them wait. */
export interface Rate {
  /** Charges units; resolves once the next may be taken. */
  charge(units: number): Promise<void>
  /** Ends all waits, and lets everything through. */
  stop(): void
}

/** A rate within all of the allowances. */
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
      // The rejection by stop() ends the wait.
      if (waitMs > 0) await delay(waitMs, undefined, { signal, ref: false }).catch(() => undefined)
      else if (inARow > fewInARow) await slices.turn()
    },
    stop: () => stopping.abort(),
  }
}
