/** A bucket for each caller: what it does takes tokens out, and time puts them back. */
export interface RateOptions {
  /** Tokens of a full bucket: what may be asked for at once. */
  readonly capacity: number
  /** Tokens that come back each second. */
  readonly perSecond: number
}

export interface BucketLevel {
  readonly limit: number
  /** Whole tokens that are left. */
  readonly remaining: number
  /** When it is full again, if nothing more is taken. */
  readonly resetAt: Date
}

export interface TokenBuckets {
  /** Takes `cost` where there is as much; else answers how long it will be until there is, in ms, and takes nothing. */
  take(caller: string, cost: number): { readonly retryAfterMs: number } | undefined
  /** Takes `cost` in any case; the caller waits until what it owes has come back. It owes a full bucket at most. */
  charge(caller: string, cost: number): void
  level(caller: string): BucketLevel
  /** Callers whose bucket is remembered. */
  readonly size: number
}

interface Bucket {
  /** In thousandths of a token, as time is in milliseconds: whole numbers, so that no rounding refuses who waited long enough. */
  thousandths: number
  /** By `Date.now()`: when `thousandths` was right. */
  at: number
}

const minKept = 1_000

/**
 * Buckets that are full are forgotten, as a caller who is not known has a full one. What costs more than a full bucket
 * holds is let through by a full one, and leaves it in debt: it could never be done otherwise.
 */
export function createTokenBuckets({ capacity, perSecond }: RateOptions): TokenBuckets {
  const buckets = new Map<string, Bucket>()
  const full = capacity * 1_000
  let pruneAt = minKept

  function filled(caller: string): Bucket {
    const now = Date.now()
    const bucket = buckets.get(caller)
    if (!bucket) return { thousandths: full, at: now }
    // A clock that is set back gives nothing, and takes nothing.
    const thousandths = bucket.thousandths + Math.max(0, now - bucket.at) * perSecond
    return { thousandths: Math.min(full, thousandths), at: now }
  }

  function prune(): void {
    if (buckets.size < pruneAt) return
    for (const caller of [...buckets.keys()]) if (filled(caller).thousandths >= full) buckets.delete(caller)
    pruneAt = Math.max(minKept, buckets.size * 2)
  }

  const msUntil = (bucket: Bucket, thousandths: number) => Math.ceil((thousandths - bucket.thousandths) / perSecond)

  function spend(caller: string, bucket: Bucket, cost: number): void {
    bucket.thousandths -= cost * 1_000
    buckets.set(caller, bucket)
    prune()
  }

  return {
    get size() {
      return buckets.size
    },
    take(caller, cost) {
      const bucket = filled(caller)
      const needed = Math.min(cost * 1_000, full)
      if (bucket.thousandths < needed) return { retryAfterMs: msUntil(bucket, needed) }
      spend(caller, bucket, cost)
      return undefined
    },
    charge(caller, cost) {
      const bucket = filled(caller)
      spend(caller, bucket, Math.min(cost, (bucket.thousandths + full) / 1_000))
    },
    level(caller) {
      const bucket = filled(caller)
      return {
        limit: capacity,
        remaining: Math.max(0, Math.floor(bucket.thousandths / 1_000)),
        resetAt: new Date(bucket.at + msUntil(bucket, full)),
      }
    },
  }
}
