import type { NodeId } from '../../../base/ids.ts'
import type { Query } from './postgres-queries.ts'

/** A commit that may share its transaction. */
export interface Step {
  readonly queries: readonly Query[]
  /** The lease that it is made under. Steps of one transaction share it. */
  readonly node: NodeId | undefined
  /** Commits it in a transaction of its own. */
  readonly alone: () => Promise<void>
}

/** Transactions at once, before steps wait for each other: while one waits for the disk, the next is executed. */
const maxUnderWay = 2
/** Longest wait for the transactions that are under way, in ms: one that is stuck must not keep other steps. */
const maxWaitMs = 20
/** Steps of a transaction. */
const maxSteps = 50
/** Characters of a step: it takes longer to send a longer one than to begin another transaction. */
const maxChars = 64 * 1024

interface Waiting {
  readonly step: Step
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

function isLong({ queries }: Step): boolean {
  let chars = 0
  for (const { values } of queries) for (const value of values) if (typeof value === 'string') chars += value.length
  return chars > maxChars
}

const commitAlone = ({ step, resolve, reject }: Waiting): Promise<void> => step.alone().then(resolve, reject)

/**
 * Puts steps of many jobs together into one transaction, which costs the database and this process more than a step in it.
 * While few are under way, each has its own at once. Each succeeds or fails by itself.
 */
export class StepGroups {
  readonly #together: (queries: readonly Query[], node: NodeId | undefined) => Promise<boolean>
  #waiting: Waiting[] = []
  #underWay = 0
  #timer: NodeJS.Timeout | undefined

  /** `together` commits in one transaction; it answers false if a statement failed, so that nothing was changed. */
  constructor(together: (queries: readonly Query[], node: NodeId | undefined) => Promise<boolean>) {
    this.#together = together
  }

  /** Resolves once the step is committed. */
  commit(step: Step): Promise<void> {
    if (isLong(step)) return step.alone()
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#waiting.push({ step, resolve, reject })
    this.#continue()
    return promise
  }

  #continue(): void {
    if (this.#waiting.length === 0) return
    if (this.#underWay < maxUnderWay) this.#begin()
    else this.#timer ??= setTimeout(this.#begin, maxWaitMs)
  }

  readonly #begin = (): void => {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#underWay += 1
    void this.#commit(this.#nextGroup()).then(() => {
      this.#underWay -= 1
      this.#continue()
    })
    this.#continue()
  }

  #nextGroup(): readonly Waiting[] {
    const node = this.#waiting[0]?.step.node
    const end = this.#waiting.findIndex(({ step }, index) => step.node !== node || index === maxSteps)
    return this.#waiting.splice(0, end < 0 ? this.#waiting.length : end)
  }

  /** Never rejects. */
  async #commit(group: readonly Waiting[]): Promise<void> {
    const [first, second] = group
    if (first && second) {
      try {
        const queries = group.flatMap(({ step }) => step.queries)
        if (await this.#together(queries, first.step.node)) {
          for (const { resolve } of group) resolve()
          return
        }
      } catch (error) {
        for (const { reject } of group) reject(error)
        return
      }
    }
    // If one of them failed, each finds alone whether it was that.
    await Promise.all(group.map(commitAlone))
  }
}
