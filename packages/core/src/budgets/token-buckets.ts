/** Size and refill rate of a caller's bucket: requests take tokens out, and time puts them back. */
export interface RateOptions {
  /** Tokens of a full bucket: the most that may be taken at once. */
  readonly capacity: number
  /** Tokens that come back per second. */
  readonly perSecond: number
}

export interface BucketLevel {
  readonly limit: number
  /** Whole tokens that are left. */
  readonly remaining: number
  /** When the bucket is full again, if nothing more is taken. */
  readonly resetAt: Date
}

export interface TokenBuckets {
  /** Takes `cost` if the bucket has it; otherwise takes nothing, and returns the time until it will, in ms. */
  take(caller: string, cost: number): { readonly retryAfterMs: number } | undefined
  /** Takes `cost` in any case; the caller waits until its debt has come back. The debt is at most a full bucket. */
  charge(caller: string, cost: number): void
  level(caller: string): BucketLevel
  /** Callers whose bucket is remembered. */
  readonly size: number
}

interface Bucket {
  /**
   * In thousandths of a token, as time is in ms: whole numbers, so that rounding refuses no caller that waited long
   * enough.
   */
  thousandths: number
  /** When `thousandths` was computed, by `Date.now()`. */
  at: number
}

const minKept = 1_000

/**
 * Creates a bucket for each caller. Full buckets are dropped, as an unknown caller has a full one. A request that costs
 * more than a full bucket holds passes a full one, and leaves it in debt: otherwise it could never be made.
 */
export function createTokenBuckets({ capacity, perSecond }: RateOptions): TokenBuckets {
  const buckets = new Map<string, Bucket>()
  const full = capacity * 1_000
  let pruneAt = minKept

  function filled(caller: string): Bucket {
    const now = Date.now()
    const bucket = buckets.get(caller)
    if (!bucket) return { thousandths: full, at: now }
    // A clock that is set back neither gives nor takes tokens.
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
