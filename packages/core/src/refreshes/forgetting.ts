import type { ToolId } from '../base/ids.ts'
import type { StoredDefinition } from '../storage/storage.ts'

export interface ForgettingRule {
  /** Number of removed tools that are remembered. */
  readonly keep: number
  /** Tools removed before this time (epoch ms) are forgotten. */
  readonly before: number
}

/** Finds the removed tools of a server that are no longer remembered; those that this refresh removes stay. */
export interface Forgetting {
  /** The tools of a stored page that count for the comparison. */
  sift(page: readonly StoredDefinition[]): readonly StoredDefinition[]
  /** Tools that were removed too long ago and are listed again: the listed one counts as new. */
  readonly replaced: readonly ToolId[]
  /** Tools that are not listed, and are too many or were removed too long ago. */
  readonly surplus: readonly ToolId[]
}

export function createForgetting(listed: { has(name: string): boolean }, { keep, before }: ForgettingRule): Forgetting {
  const replaced: ToolId[] = []
  const gone: { readonly id: ToolId; readonly at: number }[] = []
  return {
    sift(page) {
      return page.filter(({ id, name, removedAt }) => {
        if (removedAt === null) return true
        if (!listed.has(name)) gone.push({ id, at: removedAt })
        else if (removedAt < before) replaced.push(id)
        return !listed.has(name) || removedAt >= before
      })
    },
    replaced,
    get surplus() {
      const newestFirst = gone.toSorted((a, b) => b.at - a.at)
      return newestFirst.flatMap(({ id, at }, place) => (place >= keep || at < before ? id : []))
    },
  }
}
