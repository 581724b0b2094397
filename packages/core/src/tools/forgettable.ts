import type { ToolId } from '../ids.ts'
import type { StoredDefinition } from '../storage/storage.ts'

export interface ForgettingRule {
  /** How many removed tools are remembered. */
  readonly keep: number
  /** None is that was removed before this, epoch ms. */
  readonly before: number
}

export interface Forgettable {
  /** Removed too long ago, and listed again: what comes is another tool. */
  readonly replaced: ReadonlySet<ToolId>
  /** To be forgotten once the refresh has ended: a subscriber may still want to know them. */
  readonly surplus: readonly ToolId[]
}

/** Which removed tools of a server are remembered no longer; those that the refresh removes now are. */
export function forgettable(
  stored: readonly StoredDefinition[],
  listed: { has(name: string): boolean },
  { keep, before }: ForgettingRule,
): Forgettable {
  const replaced = new Set<ToolId>()
  const gone: { readonly id: ToolId; readonly at: number }[] = []
  for (const { id, name, removedAt } of stored) {
    if (removedAt === null) continue
    if (!listed.has(name)) gone.push({ id, at: removedAt })
    else if (removedAt < before) replaced.add(id)
  }
  gone.sort((a, b) => b.at - a.at)
  const surplus = gone.filter(({ at }, place) => place >= keep || at < before)
  return { replaced, surplus: surplus.map(({ id }) => id) }
}
