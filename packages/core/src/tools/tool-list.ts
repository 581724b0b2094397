import { takeInSlices } from '../base/take-in-slices.ts'
import type { BudgetMeter } from '../budgets/budget-meter.ts'
import type { ListBudget } from '../budgets/listings.ts'
import { createRejectedEntries, type RejectedEntries } from '../budgets/rejected-entries.ts'
import { knownEntry, type Listed, readerOf } from '../features/listed-definition.ts'
import type { RejectedTool } from '../model/job.ts'
import type { DefinitionText, ToolDefinition } from '../model/tool.ts'
import { outlineOf } from '../search/tool-words.ts'
import type { ListPage } from '../sessions/list-page.ts'
import { headerAnnotation } from '../sessions/modern/header-params.ts'
import { checkDefinition } from './definition.ts'

/** Memory of an entry beside its texts, in bytes. */
const entryBytes = 256

/** The tools that a server lists, each accepted or rejected by itself. */
export interface ToolList {
  /** By name. */
  readonly tools: ReadonlyMap<string, Listed<DefinitionText>>
  readonly rejected: readonly RejectedTool[]
}

export interface ToolListOptions {
  readonly budget: ListBudget
  readonly meter: BudgetMeter
  /** Why a sound definition cannot be called over the session that lists it; undefined if it can. */
  readonly faultOf?: ((definition: unknown, definitionText: string) => string | undefined) | undefined
}

/** Memory of a text, in bytes at most: one for each character if all are ASCII, otherwise two. */
function bytesHeldOf(text: string): number {
  const bytes = Buffer.byteLength(text)
  return bytes === text.length ? bytes : 2 * text.length
}

/** Collects the tools of a list, page by page. */
export interface ToolListCollector {
  /** Takes a page; answers how many tools have been listed so far. */
  take(page: ListPage): Promise<number>
  /** Releases everything that was taken: an error that is kept may hold on to what threw it. */
  drop(): void
  end(): ToolList
}

export function createToolList(options: ToolListOptions): ToolListCollector {
  return new BudgetedToolList(options)
}

class BudgetedToolList implements ToolListCollector {
  readonly #budget: ListBudget
  readonly #meter: BudgetMeter
  readonly #faultOf: ToolListOptions['faultOf']
  readonly #tools = new Map<string, Listed<DefinitionText>>()
  readonly #rejected: RejectedEntries
  #listed = 0
  /** Those of the current page. */
  #accepted: { readonly name: string; readonly definitionText: string }[] = []

  constructor({ budget, meter, faultOf }: ToolListOptions) {
    this.#faultOf = faultOf
    this.#budget = budget
    this.#meter = meter
    this.#rejected = createRejectedEntries(budget, meter)
  }

  async take(page: ListPage): Promise<number> {
    if (this.#takeKnown(page)) return this.#listed
    this.#accepted = []
    await takeInSlices(page.entries, page.bytes, (raw) => this.#takeOne(raw))
    this.#remember(page)
    return this.#listed
  }

  drop(): void {
    this.#accepted = []
    this.#tools.clear()
    this.#rejected.drop()
  }

  end(): ToolList {
    return { tools: this.#tools, rejected: this.#rejected.end() }
  }

  /** Takes a page that came before, whose names no other page has. */
  #takeKnown(page: ListPage): boolean {
    const { known, bytes } = page
    if (!known || known.some(({ name }) => this.#tools.has(name))) return false
    const read = readerOf(page, (raw) => {
      const check = checkDefinition(raw, 0, this.#meter)
      return check.ok ? [check.definition.name, this.#kept(check, bytesHeldOf(check.definitionText))] : undefined
    })
    // The bytes of its message.
    this.#budget.hold(bytes)
    for (const { name, digest } of known) {
      this.#budget.hold(entryBytes + 2 * name.length)
      this.#tools.set(name, { digest, read: () => read(name) })
    }
    this.#listed += known.length
    return true
  }

  /** The text, with the outline if there is room. */
  #kept(
    { definition, definitionText }: { readonly definition: ToolDefinition; readonly definitionText: string },
    bytes: number,
  ): DefinitionText {
    return this.#budget.mayKeepOutline(bytes) ? { definitionText, outline: outlineOf(definition) } : { definitionText }
  }

  #remember(page: ListPage): void {
    const accepted = this.#accepted
    if (!page.isRepeated || accepted.length < page.count) return
    // By these, sessions of one era accept what those of the other do not.
    if (accepted.some(({ definitionText }) => definitionText.includes(headerAnnotation))) return
    page.remember(accepted.map(({ name, definitionText }) => knownEntry(name, definitionText)))
  }

  /** Answers about how many characters were worked on. */
  #takeOne(raw: unknown): number {
    const check = checkDefinition(raw, this.#listed, this.#meter)
    this.#listed += 1
    if (!check.ok) {
      this.#rejected.add(check.name, check.reason)
      return entryBytes
    }
    const { definition, definitionText } = check
    const { name } = definition
    const fault = this.#faultOf?.(raw, definitionText)
    if (fault !== undefined) {
      this.#rejected.add(name, fault)
      return definitionText.length
    }
    if (this.#tools.has(name)) {
      this.#rejected.add(name, 'the list has the name before; the first tool is taken')
      return definitionText.length
    }
    const bytes = bytesHeldOf(definitionText)
    this.#budget.hold(entryBytes + 2 * name.length + bytes)
    this.#accepted.push({ name, definitionText })
    this.#tools.set(name, this.#kept(check, bytes))
    return entryBytes + definitionText.length
  }
}
