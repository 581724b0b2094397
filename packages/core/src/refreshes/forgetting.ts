import type { ToolId } from '../base/ids.ts'
import type { StoredDefinition } from '../storage/storage.ts'

export interface ForgettingRule {
  /** How many removed tools are remembered. */
  readonly keep: number
  /** A tool that was removed before this, epoch ms, is not. */
  readonly before: number
}

/** Finds which removed tools of a server are remembered no longer; those that the refresh removes now are. */
export interface Forgetting {
  /** What is left of a page of the stored tools. */
  sift(page: readonly StoredDefinition[]): readonly StoredDefinition[]
  /** Removed too long ago, and listed again: what comes is another tool. */
  readonly replaced: readonly ToolId[]
  /** Not listed, and too many or removed too long ago. */
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
