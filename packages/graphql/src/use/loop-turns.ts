import { setImmediate as nextTurn } from 'node:timers/promises'

/** How long work may go on before everything else has its turn, in ms. */
const maxTurnMs = 5

/** A promise to wait for once the work has gone on for long enough. */
export type TakeTurn = () => Promise<void> | undefined

/** Shares the event loop between all long work and everything else. */
export function createLoopTurns(): TakeTurn {
  /** When the first work of this turn began. */
  let startedAt: number | undefined
  let next: Promise<void> | undefined
  return () => {
    if (next) return next
    const now = performance.now()
    if (startedAt === undefined) {
      startedAt = now
      setImmediate(() => {
        startedAt = undefined
      })
    }
    if (now - startedAt < maxTurnMs) return undefined
    next = nextTurn().then(() => {
      next = undefined
      startedAt = undefined
    })
    return next
  }
}
