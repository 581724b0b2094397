import { takeInSlices } from '../base/take-in-slices.ts'
import type { BudgetMeter } from '../budgets/budget-meter.ts'
import type { ListBudget } from '../budgets/listings.ts'
import { createRejectedEntries, type RejectedEntries } from '../budgets/rejected-entries.ts'
import { type FeatureKind, identifierHash } from '../model/feature.ts'
import type { RejectedTool } from '../model/job.ts'
import type { ListPage } from '../sessions/list-page.ts'
import { type CheckedFeature, checkFeature } from './feature-definition.ts'
import { knownEntry, type Listed, readerOf } from './listed-definition.ts'

/** Memory of an entry beside its texts, in bytes; its parsed form takes about twice its text. */
const entryBytes = 256
const bytesPerCharacter = 4
/** Characters of an identifier that a rejection names. */
const maxShown = 500

/** The definitions that a server lists, each accepted or rejected by itself. */
export interface FeatureList {
  /** By the hash of their identifiers. */
  readonly features: ReadonlyMap<string, Listed<CheckedFeature>>
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
  take(page: ListPage): Promise<number>
  end(): FeatureList
}

export function createFeatureList(options: FeatureListOptions): FeatureListCollector {
  return new BudgetedFeatureList(options)
}

class BudgetedFeatureList implements FeatureListCollector {
  readonly #options: FeatureListOptions
  readonly #features = new Map<string, Listed<CheckedFeature>>()
  readonly #rejected: RejectedEntries
  #listed = 0
  /** Those of the current page. */
  #accepted: { readonly name: string; readonly text: string }[] = []

  constructor(options: FeatureListOptions) {
    this.#options = options
    this.#rejected = createRejectedEntries(options.budget, options.meter)
  }

  async take(page: ListPage): Promise<number> {
    if (this.#takeKnown(page)) return this.#listed
    this.#accepted = []
    await takeInSlices(page.entries, page.bytes, (raw) => this.#takeOne(raw))
    if (page.isRepeated && this.#accepted.length === page.count)
      page.remember(this.#accepted.map(({ name, text }) => knownEntry(name, text)))
    return this.#listed
  }

  end(): FeatureList {
    return { features: this.#features, rejected: this.#rejected.end() }
  }

  /** Takes a page that came before, whose identifiers no other page has. */
  #takeKnown(page: ListPage): boolean {
    const { known, bytes } = page
    if (!known || known.some(({ name }) => this.#features.has(name))) return false
    const { kind, budget, meter } = this.#options
    const read = readerOf(page, (raw) => {
      const check = checkFeature(kind, raw, 0, meter)
      return check.ok ? [identifierHash(check.identifier), check] : undefined
    })
    // As much as its definitions take once they are read.
    budget.hold(bytesPerCharacter * bytes)
    for (const { name, digest } of known) {
      budget.hold(entryBytes + 2 * name.length)
      this.#features.set(name, { digest, read: () => read(name) })
    }
    this.#listed += known.length
    return true
  }

  /** Answers about how many characters were worked on. */
  #takeOne(raw: unknown): number {
    const { kind, budget, meter } = this.#options
    const check = checkFeature(kind, raw, this.#listed, meter)
    this.#listed += 1
    if (!check.ok) {
      this.#rejected.add(check.name, check.reason)
      return entryBytes
    }
    const { ok: _, ...checked } = check
    const { identifier, definitionText } = checked
    const key = identifierHash(identifier)
    if (this.#features.has(key)) {
      this.#rejected.add(identifier.slice(0, maxShown), 'the list has it before; the first one is taken')
      return definitionText.length
    }
    budget.hold(entryBytes + bytesPerCharacter * definitionText.length)
    this.#features.set(key, checked)
    this.#accepted.push({ name: key, text: definitionText })
    return entryBytes + definitionText.length
  }
}
