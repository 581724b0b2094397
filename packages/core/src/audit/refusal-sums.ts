import type { AuditRecord } from '../model/audit-event.ts'
import type { Write } from '../storage/write.ts'

/** How long equal refusals are counted until they are written as one record, in ms. */
export const sumMs = 60_000
/** Equal refusals within it that have a record each. */
const maxSingles = 3
/** Refusals that are told apart by their target at a time. */
const maxByTarget = 50
/** Refusals that are told apart by their actor at a time, those by their target included. */
const maxByActor = 100

interface Sum {
  /** The last one. */
  record: AuditRecord
  /** Those that have a record each. */
  singles: number
  /** Those that have none yet. */
  count: number
  firstAt: number
  readonly fields: Set<string>
}

/** Sums equal refusals: a caller who tries on and on must not fill the audit. */
export interface RefusalSums {
  /**
   * Commits the first three of a kind, by actor, action, target and code; those that follow within the minute are counted,
   * and committed as one record at its end. Rejects with what the storage rejects with; the refusal is counted then.
   */
  add(refusal: AuditRecord): Promise<void>
  /** Commits what is counted. Rejects with what the storage rejects with. */
  close(): Promise<void>
}

/** From what tells it from others to what little is always told. */
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
  /** Receives the failure of a commit at the end of a minute; it is tried again a minute later. */
  readonly onError: (error: unknown) => void
  readonly createId: () => AuditRecord['id']
}

export function createRefusalSums({ commit, onError, createId }: RefusalSumsOptions): RefusalSums {
  let sums = new Map<string, Sum>()
  let timer: NodeJS.Timeout | undefined
  let flushing = Promise.resolve()
  let isClosed = false
  const append = (event: AuditRecord): Write => ({ kind: 'appendAudit', event })

  function toRecord({ record, count, firstAt, fields }: Sum): AuditRecord {
    // As of now, so that it is behind what was written before it.
    return { ...record, id: createId(), at: Date.now(), count, firstAt, lastAt: record.at, fields: [...fields] }
  }

  async function flush(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    const ended = sums
    sums = new Map()
    const counted = [...ended.values()].filter(({ count }) => count > 0)
    if (counted.length === 0) return
    try {
      await commit(counted.map((sum) => append(toRecord(sum))))
    } catch (error) {
      restore(ended)
      throw error
    }
  }

  /** What could not be written is counted on. */
  function restore(unwritten: ReadonlyMap<string, Sum>): void {
    for (const [key, sum] of unwritten) {
      const since = sums.get(key)
      if (sum.count === 0) continue
      if (since) {
        since.count += sum.count
        since.firstAt = sum.firstAt
        for (const field of sum.fields) since.fields.add(field)
      } else sums.set(key, sum)
    }
    start()
  }

  function start(): void {
    if (isClosed || timer) return
    const onEnd = () => {
      flushing = flush().catch(onError)
    }
    timer = setTimeout(onEnd, sumMs).unref()
  }

  function count(sum: Sum, refusal: AuditRecord): void {
    if (sum.count === 0) sum.firstAt = refusal.at
    sum.count += 1
    sum.record = {
      ...refusal,
      actor: sum.record.actor,
      targetId: sum.record.targetId,
      targetName: sum.record.targetName,
    }
    for (const field of refusal.fields) sum.fields.add(field)
  }

  return {
    async add(refusal) {
      const found = keysOf(refusal).find(({ key, max }) => sums.has(key) || sums.size < max)
      if (!found) return
      const { key, max: _, ...anonymous } = found
      const single = { ...refusal, ...anonymous }
      const sum: Sum = sums.get(key) ?? { record: single, singles: 0, count: 0, firstAt: 0, fields: new Set() }
      sums.set(key, sum)
      start()
      if (sum.singles === maxSingles) {
        count(sum, refusal)
        return
      }
      sum.singles += 1
      try {
        await commit([append(single)])
      } catch (error) {
        count(sum, refusal)
        throw error
      }
    },
    async close() {
      isClosed = true
      await flushing
      await flush()
    },
  }
}
