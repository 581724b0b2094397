/** Something that owners (tenants) share, of which each may take a part at a time. */
export interface Turns<Owner> {
  /** Those that wait for theirs. */
  readonly waiting: number
  /** What is taken now, of all owners. */
  readonly taken: number
  /** Whether `acquire` would resolve without waiting. */
  isFree(owner: Owner, weight?: number): boolean
  /**
   * Resolves with the function that gives the part back, which may be called twice. Owners that wait have turns: one that
   * asks for much gets no more of them than one that asks for little. Rejects with the signal's reason.
   */
  /** Something has become idle that `reclaim` may give back for those that wait. */
  retry(): void
  acquire(owner: Owner, signal: AbortSignal, weight?: number): Promise<Release>
  /** The part without waiting; undefined unless it is free. */
  tryAcquire(owner: Owner, weight?: number): Release | undefined
}

/** Gives back all of a part but the weight to keep, 0 unless it is given. */
export type Release = (keep?: number) => void

export interface TurnsOptions<Owner> {
  /** What there is in all; a single part that weighs more is let through alone. */
  readonly max: number
  /** What of it one owner may have, from 0 to 1; asked each time, as it may depend on how many owners there are. */
  readonly share: () => number
  /**
   * Gives back a part that is idle, for one that waits: of `owner`, which has its share, or of any where that is
   * undefined. Answers whether there was one. @default none is ever idle
   */
  readonly reclaim?: (owner: Owner | undefined) => boolean
}

interface Holding {
  readonly parts: number
  readonly weight: number
}

interface Waiter {
  readonly weight: number
  readonly resume: () => void
}

const nothing: Holding = { parts: 0, weight: 0 }

export function createTurns<Owner>({ max, share, reclaim = () => false }: TurnsOptions<Owner>): Turns<Owner> {
  const takenBy = new Map<Owner, Holding>()
  /** In the order of their next turns; those without waiters are not in it. */
  const lines = new Map<Owner, Set<Waiter>>()
  let taken = 0
  let isServing = false

  const ofOwner = (owner: Owner) => takenBy.get(owner) ?? nothing
  const allowance = () => Math.ceil(max * share())

  function isWithinShare(owner: Owner, weight: number): boolean {
    const has = ofOwner(owner)
    return has.parts === 0 || has.weight + weight <= allowance()
  }

  /** What owners took while they were alone, and would not be given now: it keeps no other owner waiting. */
  function excess(): number {
    const allowed = allowance()
    if (taken <= allowed) return 0
    let over = 0
    // A single part may be heavier than a share.
    for (const { parts, weight } of takenBy.values()) if (parts > 1) over += Math.max(0, weight - allowed)
    return over
  }

  const fits = (weight: number) => taken === 0 || taken - excess() + weight <= max

  function change(owner: Owner, parts: 1 | 0 | -1, weight: number): void {
    const has = ofOwner(owner)
    const next = { parts: has.parts + parts, weight: has.weight + weight }
    taken += weight
    if (next.parts > 0) takenBy.set(owner, next)
    else takenBy.delete(owner)
  }

  function take(owner: Owner, weight: number): Release {
    change(owner, 1, weight)
    let held = weight
    return (keep = 0) => {
      const given = held - keep
      if (given <= 0) return
      held = keep
      change(owner, keep === 0 ? -1 : 0, -given)
      serve()
    }
  }

  /** The first owner in order whose next part is within its share. */
  function nextInLine(): readonly [Owner, Set<Waiter>, Waiter] | undefined {
    for (const [owner, line] of lines) {
      const [first] = line
      if (first && isWithinShare(owner, first.weight)) return [owner, line, first]
    }
    return undefined
  }

  /** A heavy part that does not fit keeps the others waiting, or it would never have its turn. */
  function letOneOn(): boolean {
    const next = nextInLine()
    if (!next || !fits(next[2].weight)) return false
    const [owner, line, waiter] = next
    line.delete(waiter)
    lines.delete(owner)
    if (line.size > 0) lines.set(owner, line)
    waiter.resume()
    return true
  }

  function makeRoom(): boolean {
    if (nextInLine()) return reclaim(undefined)
    return lines.keys().some((owner) => reclaim(owner))
  }

  /** Lets waiters on while there is room. */
  function serve(): void {
    // What is reclaimed comes back by the same way.
    if (isServing) return
    isServing = true
    try {
      while (letOneOn() || makeRoom());
    } finally {
      isServing = false
    }
  }

  /** One that waits at its share stands in no other's way. */
  const isFree = (owner: Owner, weight = 1) =>
    !lines.has(owner) && !nextInLine() && fits(weight) && isWithinShare(owner, weight)

  return {
    get waiting() {
      let waiting = 0
      for (const line of lines.values()) waiting += line.size
      return waiting
    },
    get taken() {
      return taken
    },
    isFree,
    retry: serve,
    tryAcquire: (owner, weight = 1) => (isFree(owner, weight) ? take(owner, weight) : undefined),
    acquire(owner, signal, weight = 1) {
      const { promise, resolve, reject } = Promise.withResolvers<Release>()
      const line = lines.get(owner) ?? new Set()
      const waiter: Waiter = {
        weight,
        resume() {
          signal.removeEventListener('abort', onAbort)
          resolve(take(owner, weight))
        },
      }
      const onAbort = () => {
        line.delete(waiter)
        if (line.size === 0 && lines.get(owner) === line) lines.delete(owner)
        reject(signal.reason)
        // One that did not fit may have kept others waiting.
        serve()
      }
      if (signal.aborted) {
        reject(signal.reason)
        return promise
      }
      signal.addEventListener('abort', onAbort, { once: true })
      line.add(waiter)
      lines.set(owner, line)
      serve()
      return promise
    },
  }
}

/** Does `work` once `owner` has its turn. Rejects with the signal's reason while it waits, and with what `work` rejects with. */
export async function inTurn<Owner, T>(
  turns: Turns<Owner>,
  owner: Owner,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  const release = await turns.acquire(owner, signal)
  try {
    return await work()
  } finally {
    release()
  }
}
