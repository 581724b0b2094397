/** Longest time that work holds the event loop in one piece, in ms. */
const sliceMs = 5
/** The same for work that holds a lock: other work waits for it anyway. */
const urgentMs = 20
/** The same for work that starts while other work waits for a slice. */
const shortMs = 1
/** Rest between two slices while the event loop has other work, as a multiple of the slice before. */
const restsASlice = 3
/** A turn of the event loop that takes less had nothing to do, in ms. */
const quietMs = 0.3

/** Waiters for a slice, in order. */
const waiting: (() => void)[] = []
/** Waiters whose work holds a lock. */
const urgent: (() => void)[] = []
let isServing = false
/** End of the slice of this turn of the event loop, by `performance.now()`; undefined until work asks for it. */
let endsAt: number | undefined
let grantedAt = 0
let restsFrom = 0
let turnedAt = 0

function close(): void {
  endsAt = undefined
}

function grant(): void {
  grantedAt = performance.now()
  endsAt = grantedAt + (urgent.length > 0 ? urgentMs : sliceMs)
  const resume = urgent.shift() ?? waiting.shift()
  resume?.()
}

/** Runs in the same turn of the event loop as `grant`, once the slice has been used. */
function rest(): void {
  close()
  restsFrom = performance.now()
  turnedAt = restsFrom
  if (urgent.length > 0) grantSoon()
  else if (waiting.length > 0) setImmediate(turn)
  else isServing = false
}

function grantSoon(): void {
  setImmediate(grant)
  setImmediate(rest)
}

/** Grants the next slice once the event loop is idle, or has rested. */
function turn(): void {
  const now = performance.now()
  const isQuiet = now - turnedAt < quietMs
  turnedAt = now
  if (isQuiet || urgent.length > 0 || now - restsFrom >= restsASlice * (restsFrom - grantedAt)) grantSoon()
  else setImmediate(turn)
}

function wait(line: (() => void)[], place: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  line.splice(place, 0, resolve)
  if (!isServing) {
    isServing = true
    setImmediate(turn)
  }
  return promise
}

/** Waiters with short work, which share every second slice. */
const parts: (() => void)[] = []
let isDraining = false

async function drain(): Promise<void> {
  isDraining = true
  while (parts.length > 0) {
    await wait(waiting, 1)
    do {
      parts.shift()?.()
      // Lets the work finish before the next check of the clock.
      await Promise.resolve()
    } while (parts.length > 0 && !slices.isOver)
  }
  isDraining = false
}

/**
 * Slices of long work, shared by the whole process: one at a time, first come, first served. Requests, timers and
 * sockets have the event loop between two slices.
 */
export const slices = {
  /** End of the slice of this turn of the event loop, by `performance.now()`. */
  get endsAt(): number {
    if (endsAt === undefined) {
      endsAt = performance.now() + (isServing ? shortMs : sliceMs)
      setImmediate(close)
    }
    return endsAt
  },

  get isOver(): boolean {
    return performance.now() >= slices.endsAt
  },

  /** Waits for the next slice. */
  next: () => wait(waiting, waiting.length),

  /** Waits for a longer slice, ahead of all other work; for work that holds a lock. */
  soon: () => wait(urgent, urgent.length),

  /** Undefined if a short part of work may run now, else a promise to await before it. */
  turn(): Promise<void> | undefined {
    if (parts.length === 0 && !slices.isOver) return undefined
    const { promise, resolve } = Promise.withResolvers<void>()
    parts.push(resolve)
    if (!isDraining) void drain()
    return promise
  },

  /** Runs a short part of work in its turn. */
  async run<T>(work: () => T): Promise<T> {
    const turn = slices.turn()
    if (turn) await turn
    return work()
  },
} as const
