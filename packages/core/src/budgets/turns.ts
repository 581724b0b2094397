/** A resource that owners (tenants) share, of which each may hold parts. */
export interface Turns<Owner> {
  /** Waiters of all owners. */
  readonly waiting: number
  /** Weight that all owners hold now. */
  readonly taken: number
  /** Whether `acquire` would resolve without waiting. */
  isFree(owner: Owner, weight?: number): boolean
  /** Serves waiters again: something has become idle that `reclaim` may give back. */
  retry(): void
  /**
   * Resolves with the function that gives the part back, which may be called twice. Waiting owners take turns: one that
   * asks for much gets no more of them than one that asks for little. Rejects with the signal's reason.
   */
  acquire(owner: Owner, signal: AbortSignal, weight?: number): Promise<Release>
  /** The part without waiting; undefined unless it is free. */
  tryAcquire(owner: Owner, weight?: number): Release | undefined
}

/** Gives back all of a part but the weight to keep, 0 unless it is given. */
export type Release = (keep?: number) => void

export interface TurnsOptions<Owner> {
  /** The weight of the whole resource; a single part that weighs more is let through alone. */
  readonly max: number
  /** The share that one owner may hold, from 0 to 1; asked each time, as it may depend on how many owners there are. */
  readonly share: () => number
  /**
   * Gives back an idle part for a waiter: of `owner`, which holds its share, or of any owner if undefined. Answers
   * whether there was one. @default no part is ever idle
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

export const createTurns = <Owner>(options: TurnsOptions<Owner>): Turns<Owner> => new FairTurns(options)

class FairTurns<Owner> implements Turns<Owner> {
  readonly #max: number
  readonly #share: () => number
  readonly #reclaim: (owner: Owner | undefined) => boolean
  readonly #held = new Map<Owner, Holding>()
  /** In the order of their next turns; owners without waiters are not in it. */
  readonly #lines = new Map<Owner, Set<Waiter>>()
  #taken = 0
  #isServing = false

  constructor({ max, share, reclaim = () => false }: TurnsOptions<Owner>) {
    this.#max = max
    this.#share = share
    this.#reclaim = reclaim
  }

  get waiting() {
    let waiting = 0
    for (const line of this.#lines.values()) waiting += line.size
    return waiting
  }

  get taken() {
    return this.#taken
  }

  /** A waiter whose owner holds its share does not block other owners. */
  isFree(owner: Owner, weight = 1): boolean {
    return !this.#lines.has(owner) && !this.#nextInLine() && this.#fits(weight) && this.#isWithinShare(owner, weight)
  }

  /** Lets waiters on while there is room. */
  retry(): void {
    // A part that is reclaimed comes back here.
    if (this.#isServing) return
    this.#isServing = true
    try {
      while (this.#letOneOn() || this.#makeRoom());
    } finally {
      this.#isServing = false
    }
  }

  tryAcquire(owner: Owner, weight = 1): Release | undefined {
    return this.isFree(owner, weight) ? this.#take(owner, weight) : undefined
  }

  acquire(owner: Owner, signal: AbortSignal, weight = 1): Promise<Release> {
    const { promise, resolve, reject } = Promise.withResolvers<Release>()
    if (signal.aborted) {
      reject(signal.reason)
      return promise
    }
    const line = this.#lines.get(owner) ?? new Set()
    const waiter: Waiter = {
      weight,
      resume: () => {
        signal.removeEventListener('abort', onAbort)
        resolve(this.#take(owner, weight))
      },
    }
    const onAbort = () => {
      line.delete(waiter)
      if (line.size === 0 && this.#lines.get(owner) === line) this.#lines.delete(owner)
      reject(signal.reason)
      // A waiter that did not fit may have blocked later ones.
      this.retry()
    }
    signal.addEventListener('abort', onAbort, { once: true })
    line.add(waiter)
    this.#lines.set(owner, line)
    this.retry()
    return promise
  }

  #allowance(): number {
    return Math.ceil(this.#max * this.#share())
  }

  #isWithinShare(owner: Owner, weight: number): boolean {
    const has = this.#held.get(owner) ?? nothing
    return has.parts === 0 || has.weight + weight <= this.#allowance()
  }

  #fits(weight: number): boolean {
    return this.#taken === 0 || this.#taken - this.#excess() + weight <= this.#max
  }

  /** Weight that owners took while they were alone, and would not get now: it keeps no other owner waiting. */
  #excess(): number {
    const allowed = this.#allowance()
    if (this.#taken <= allowed) return 0
    let over = 0
    // A single part may be heavier than a share.
    for (const { parts, weight } of this.#held.values()) if (parts > 1) over += Math.max(0, weight - allowed)
    return over
  }

  #take(owner: Owner, weight: number): Release {
    this.#change(owner, 1, weight)
    let held = weight
    return (keep = 0) => {
      const given = held - keep
      if (given <= 0) return
      held = keep
      this.#change(owner, keep === 0 ? -1 : 0, -given)
      this.retry()
    }
  }

  #change(owner: Owner, parts: 1 | 0 | -1, weight: number): void {
    const has = this.#held.get(owner) ?? nothing
    const next = { parts: has.parts + parts, weight: has.weight + weight }
    this.#taken += weight
    if (next.parts > 0) this.#held.set(owner, next)
    else this.#held.delete(owner)
  }

  /** The first owner in order whose next part is within its share. */
  #nextInLine(): readonly [Owner, Set<Waiter>, Waiter] | undefined {
    for (const [owner, line] of this.#lines) {
      const [first] = line
      if (first && this.#isWithinShare(owner, first.weight)) return [owner, line, first]
    }
    return undefined
  }

  /** Keeps later waiters back if the next part is too heavy to fit, or that part would never have its turn. */
  #letOneOn(): boolean {
    const next = this.#nextInLine()
    if (!next || !this.#fits(next[2].weight)) return false
    const [owner, line, waiter] = next
    line.delete(waiter)
    this.#lines.delete(owner)
    if (line.size > 0) this.#lines.set(owner, line)
    waiter.resume()
    return true
  }

  #makeRoom(): boolean {
    if (this.#nextInLine()) return this.#reclaim(undefined)
    return this.#lines.keys().some((owner) => this.#reclaim(owner))
  }
}

/**
 * Runs `work` once `owner` has its turn. Rejects with the signal's reason while it waits, and with what `work` rejects
 * with.
 */
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
