/** How long work may hold the event loop in one piece, in ms. */
const sliceMs = 5
/** The same for work that keeps others waiting until it is done. */
const urgentMs = 20
/** The same for work that has just begun, while other work waits for its next slice. */
const shortMs = 1
/** How long the loop goes on between two slices, where it has other work: so many times the slice before. */
const restsASlice = 3
/** A turn of the loop that took less had nothing else to do. */
const quietMs = 0.3

/** Those that wait for their next slice. */
const waiting: (() => void)[] = []
/** Those of them that keep others waiting meanwhile. */
const urgent: (() => void)[] = []
let isServing = false
/** When the slice of this turn of the loop is over, by `performance.now()`; undefined until work asks for it. */
let endsAt: number | undefined
/** The last slice of one that waited. */
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

/** Comes in the same turn of the loop, once the slice is used. */
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

/** The loop goes on until it has nothing else to do, or for as long as the slice took. */
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

/** Short parts, which share slices: every other one of them. */
const parts: (() => void)[] = []
let isDraining = false

async function drain(): Promise<void> {
  isDraining = true
  while (parts.length > 0) {
    await wait(waiting, 1)
    do {
      parts.shift()?.()
      // So that it is done before the next look at the clock.
      await Promise.resolve()
    } while (parts.length > 0 && !slices.isOver)
  }
  isDraining = false
}

/**
 * The slices of long work. All of it in this process shares the event loop: one slice at a time, in the order in which
 * they were asked for. Between two of them everything else goes on.
 */
export const slices = {
  /** When the slice of this turn of the event loop is over, by `performance.now()`. */
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

  /** Waits for the next turn of the event loop alone, and takes more of it: for work that holds a lock. */
  soon: () => wait(urgent, urgent.length),

  /** For one of many short parts: undefined if it may be done now, else when it may. */
  turn(): Promise<void> | undefined {
    if (parts.length === 0 && !slices.isOver) return undefined
    const { promise, resolve } = Promise.withResolvers<void>()
    parts.push(resolve)
    if (!isDraining) void drain()
    return promise
  },

  /** Does a short part once it has its turn. */
  async run<T>(work: () => T): Promise<T> {
    const turn = slices.turn()
    if (turn) await turn
    return work()
  },
} as const
