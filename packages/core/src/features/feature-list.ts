import { slices } from '../base/slices.ts'
import type { BudgetMeter } from '../budgets/budget-meter.ts'
import type { ListBudget } from '../budgets/listings.ts'
import { type FeatureKind, identifierHash } from '../model/feature.ts'
import type { RejectedTool } from '../model/job.ts'
import { type CheckedFeature, checkFeature } from './feature-definition.ts'

/** Memory of an entry beside its texts, in bytes; its parsed form takes about twice its text. */
const entryBytes = 256
const bytesPerCharacter = 4
/** Longest reason, in characters. */
const maxReasonLength = 500
/** Characters that are checked between two looks at the clock. */
const charsPerLook = 16 * 1024
/** Size from which parsing a page has used up a slice of the event loop, in bytes. */
const largePageBytes = 256 * 1024

/** The definitions that a server lists, each accepted or rejected by itself. */
export interface FeatureList {
  /** By the hash of their identifiers. */
  readonly features: ReadonlyMap<string, CheckedFeature>
  readonly rejected: readonly RejectedTool[]
}

export interface FeatureListOptions {
  readonly kind: FeatureKind
  readonly budget: ListBudget
  readonly meter: BudgetMeter
}

/** Collects the definitions of a list, page by page. */
export interface FeatureListCollector {
  /** Takes a page; answers how many definitions have been listed so far. */
  take(page: readonly unknown[], bytes: number): Promise<number>
  end(): FeatureList
}

export function createFeatureList(options: FeatureListOptions): FeatureListCollector {
  return new BudgetedFeatureList(options)
}

class BudgetedFeatureList implements FeatureListCollector {
  readonly #options: FeatureListOptions
  readonly #features = new Map<string, CheckedFeature>()
  readonly #rejected: RejectedTool[] = []
  #listed = 0
  #rejectedCount = 0

  constructor(options: FeatureListOptions) {
    this.#options = options
  }

  async take(page: readonly unknown[], bytes: number): Promise<number> {
    if (bytes > largePageBytes) await slices.next()
    let chars = 0
    for (const raw of page) {
      if (chars > charsPerLook) {
        chars = 0
        if (slices.isOver) await slices.next()
      }
      chars += this.#takeOne(raw)
    }
    return this.#listed
  }

  end(): FeatureList {
    const features = this.#features
    const rejected = this.#rejected
    const unnamed = this.#rejectedCount - rejected.length
    if (unnamed === 0) return { features, rejected }
    const { meter } = this.#options
    meter.count('rejectedTools')
    const reason = `rejected as well; at most ${meter.budgets.rejectedTools} are listed by name (rejectedTools)`
    return { features, rejected: [...rejected, { name: `${unnamed} more`, reason }] }
  }

  /** Answers about how many characters were worked on. */
  #takeOne(raw: unknown): number {
    const { kind, budget, meter } = this.#options
    const check = checkFeature(kind, raw, this.#listed, meter)
    this.#listed += 1
    if (!check.ok) {
      this.#reject(check.name, check.reason)
      return entryBytes
    }
    const { ok: _, ...checked } = check
    const { identifier, definitionText } = checked
    const key = identifierHash(identifier)
    if (this.#features.has(key)) {
      this.#reject(identifier.slice(0, maxReasonLength), 'the list has it before; the first one is taken')
      return definitionText.length
    }
    budget.hold(entryBytes + bytesPerCharacter * definitionText.length)
    this.#features.set(key, checked)
    return entryBytes + definitionText.length
  }

  #reject(name: string, reason: string): void {
    const { budget, meter } = this.#options
    this.#rejectedCount += 1
    if (this.#rejectedCount > meter.budgets.rejectedTools) return
    const cut = reason.slice(0, maxReasonLength)
    budget.hold(entryBytes + 2 * (name.length + cut.length))
    this.#rejected.push({ name, reason: cut })
  }
}
