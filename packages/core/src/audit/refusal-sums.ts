import type { AuditRecord } from '../model/audit-event.ts'
import type { Write } from '../storage/write.ts'

/** Time for which equal refusals are counted before they become one record, in ms. */
export const sumMs = 60_000
/** Equal refusals within that time that get a record each. */
const maxSingles = 3
/** Number of sums that are kept apart by target. */
const maxByTarget = 50
/** Number of sums that are kept apart by actor, those by target included. */
const maxByActor = 100

interface Sum {
  /** The last refusal. */
  record: AuditRecord
  /** Refusals that have a record each. */
  singles: number
  /** Refusals without a record so far. */
  count: number
  firstAt: number
  readonly fields: Set<string>
}

/** Sums equal refusals: a caller that keeps trying must not fill the audit. */
export interface RefusalSums {
  /**
   * Commits the first three refusals of a kind, by actor, action, target and code. Those that follow within the minute are
   * counted, and committed as one record at its end. If it rejects, as the storage does, the refusal is counted.
   */
  add(refusal: AuditRecord): Promise<void>
  /** Commits what is counted. Rejects as the storage does. */
  close(): Promise<void>
}

/** The keys of a refusal, from the most to the least specific. */
function keysOf({ actor, action, targetId, refusedWith }: AuditRecord) {
  return [
    { key: JSON.stringify([action, refusedWith, actor, targetId]), max: maxByTarget },
    { key: JSON.stringify([action, refusedWith, actor]), max: maxByActor, targetId: null, targetName: null },
    {
      key: JSON.stringify([action, refusedWith]),
      max: Number.POSITIVE_INFINITY,
      targetId: null,
      targetName: null,
      actor: null,
    },
  ]
}

interface RefusalSumsOptions {
  readonly commit: (writes: readonly Write[]) => Promise<void>
  /** Receives the failure of a commit at the end of a minute; the next one retries. */
  readonly onError: (error: unknown) => void
  readonly createId: () => AuditRecord['id']
}

export function createRefusalSums(options: RefusalSumsOptions): RefusalSums {
  return new TimedRefusalSums(options)
}

const append = (event: AuditRecord): Write => ({ kind: 'appendAudit', event })

class TimedRefusalSums implements RefusalSums {
  readonly #options: RefusalSumsOptions
  #sums = new Map<string, Sum>()
  #timer: NodeJS.Timeout | undefined
  #flushing = Promise.resolve()
  #isClosed = false

  constructor(options: RefusalSumsOptions) {
    this.#options = options
  }

  async add(refusal: AuditRecord): Promise<void> {
    const found = keysOf(refusal).find(({ key, max }) => this.#sums.has(key) || this.#sums.size < max)
    if (!found) return
    const { key, max: _, ...anonymous } = found
    const single = { ...refusal, ...anonymous }
    const sum: Sum = this.#sums.get(key) ?? { record: single, singles: 0, count: 0, firstAt: 0, fields: new Set() }
    this.#sums.set(key, sum)
    this.#start()
    if (sum.singles === maxSingles) {
      count(sum, refusal)
      return
    }
    sum.singles += 1
    try {
      await this.#options.commit([append(single)])
    } catch (error) {
      count(sum, refusal)
      throw error
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await this.#flushing
    await this.#flush()
  }

  #start(): void {
    if (this.#isClosed || this.#timer) return
    const onEnd = () => {
      this.#flushing = this.#flush().catch(this.#options.onError)
    }
    this.#timer = setTimeout(onEnd, sumMs).unref()
  }

  async #flush(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const ended = this.#sums
    this.#sums = new Map()
    const counted = [...ended.values()].filter(({ count }) => count > 0)
    if (counted.length === 0) return
    try {
      await this.#options.commit(counted.map((sum) => append(this.#toRecord(sum))))
    } catch (error) {
      this.#restore(ended)
      throw error
    }
  }

  #toRecord({ record, count, firstAt, fields }: Sum): AuditRecord {
    // Dated now, so that it comes after everything written before it.
    const at = Date.now()
    return { ...record, id: this.#options.createId(), at, count, firstAt, lastAt: record.at, fields: [...fields] }
  }

  /** Goes on counting from the sums that could not be written. */
  #restore(unwritten: ReadonlyMap<string, Sum>): void {
    for (const [key, sum] of unwritten) {
      const since = this.#sums.get(key)
      if (sum.count === 0) continue
      if (since) {
        since.count += sum.count
        since.firstAt = sum.firstAt
        for (const field of sum.fields) since.fields.add(field)
      } else this.#sums.set(key, sum)
    }
    this.#start()
  }
}

function count(sum: Sum, refusal: AuditRecord): void {
  if (sum.count === 0) sum.firstAt = refusal.at
  sum.count += 1
  const { actor, targetId, targetName } = sum.record
  sum.record = { ...refusal, actor, targetId, targetName }
  for (const field of refusal.fields) sum.fields.add(field)
}
