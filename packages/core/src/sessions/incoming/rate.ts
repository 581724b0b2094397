import { setTimeout as delay } from 'node:timers/promises'
import { createSlices } from '../../slices.ts'

/** Without anything taken for so long, other work had its turn. */
const idleMs = 5

/** Bounds what is taken a second; what is more waits. */
export interface Rate {
  /** Charges so many units, and resolves once the next may be taken. */
  charge(units: number): Promise<void>
  /** Ends the waits, and lets everything through. */
  stop(): void
}

/** Twice `perSecond` may come at once. */
export function createRate(perSecond: number): Rate {
  const stopping = new AbortController()
  const most = 2 * perSecond
  const slices = createSlices()
  let left = most
  let at = performance.now()

  return {
    async charge(units) {
      const now = performance.now()
      // What comes once in a while begins a slice of its own.
      if (now - at > idleMs) slices.restart()
      left = Math.min(most, left + ((now - at) / 1_000) * perSecond) - units
      at = now
      if (left < 0) {
        const { signal } = stopping
        // It rejects once it is stopped, which is what ends the wait.
        await delay((-left / perSecond) * 1_000, undefined, { signal, ref: false }).catch(() => undefined)
      } else if (slices.isOver) await slices.next()
    },
    stop: () => stopping.abort(),
  }
}
