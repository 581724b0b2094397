import { slices } from '../base/slices.ts'
import type { BudgetMeter } from '../budgets/budget-meter.ts'
import type { ListBudget } from '../budgets/listings.ts'
import type { RejectedTool } from '../model/job.ts'
import type { DefinitionText } from '../model/tool.ts'
import { checkDefinition } from './definition.ts'

/** Bytes of definitions that are held as what is made of their text, too: that takes some times as much. */
const keptBytes = 512 * 1024
/** Bytes that an entry takes beside its texts. */
const entryBytes = 256
/** Characters of a reason. */
const maxReasonLength = 500
/** Characters that are worked on between two looks at the clock. */
const charsPerLook = 16 * 1024
/** What is parsed of a larger page has taken its slice, in bytes. */
const largePageBytes = 256 * 1024

/** The tools that a server lists, each taken on its own merits. */
export interface ToolList {
  /** By name. */
  readonly tools: ReadonlyMap<string, DefinitionText>
  readonly rejected: readonly RejectedTool[]
}

export interface ToolListOptions {
  readonly budget: ListBudget
  readonly meter: BudgetMeter
}

/** Bytes of memory that a text takes, at most: one for each character where all are ASCII, else two. */
export function bytesHeldOf(text: string): number {
  const bytes = Buffer.byteLength(text)
  return bytes === text.length ? bytes : 2 * text.length
}

export function createToolList({ budget, meter }: ToolListOptions) {
  const { rejectedTools } = meter.budgets
  const tools = new Map<string, DefinitionText>()
  const rejected: RejectedTool[] = []
  let listed = 0
  let rejectedCount = 0

  function reject(name: string, reason: string): void {
    rejectedCount += 1
    if (rejectedCount > rejectedTools) return
    const cut = reason.slice(0, maxReasonLength)
    budget.hold(entryBytes + 2 * (name.length + cut.length))
    rejected.push({ name, reason: cut })
  }

  /** Answers how many characters it was about. */
  function take(raw: unknown): number {
    const check = checkDefinition(raw, listed, meter)
    listed += 1
    if (!check.ok) {
      reject(check.name, check.reason)
      return entryBytes
    }
    const { definition, definitionText } = check
    const { name } = definition
    if (tools.has(name)) {
      reject(name, 'the name stands in the list before; the first one is taken')
      return definitionText.length
    }
    budget.hold(entryBytes + 2 * name.length + bytesHeldOf(definitionText))
    tools.set(name, budget.held <= keptBytes ? { definition, definitionText } : { definitionText })
    return entryBytes + definitionText.length
  }

  return {
    /** Takes a page; answers how many have been listed so far. */
    async take(page: readonly unknown[], bytes: number): Promise<number> {
      if (bytes > largePageBytes) await slices.next()
      let chars = 0
      for (const raw of page) {
        if (chars > charsPerLook) {
          chars = 0
          if (slices.isOver) await slices.next()
        }
        chars += take(raw)
      }
      return listed
    },
    /** Lets go of all of it: an error holds what threw it, and may be held for long itself. */
    drop(): void {
      tools.clear()
      rejected.length = 0
    },
    end(): ToolList {
      const unnamed = rejectedCount - rejected.length
      if (unnamed === 0) return { tools, rejected }
      meter.count('rejectedTools')
      const reason = `rejected as well, and not named one by one: at most ${rejectedTools} are (rejectedTools)`
      return { tools, rejected: [...rejected, { name: `${unnamed} more`, reason }] }
    },
  }
}
