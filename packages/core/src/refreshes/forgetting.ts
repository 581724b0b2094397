export interface ForgettingRule {
  /** Number of removed definitions that are remembered. */
  readonly keep: number
  /** Those removed before this time (epoch ms) are forgotten. */
  readonly before: number
}

/** A stored definition. `name` tells it apart from the others of its list. */
export interface Remembered {
  readonly id: string
  readonly name: string
  readonly removedAt: number | null
}

/** Finds the removed definitions of a list that are no longer remembered; those that this refresh removes stay. */
export interface Forgetting<Row extends Remembered> {
  /** The rows of a stored page that count for the comparison. */
  sift(page: readonly Row[]): readonly Row[]
  /** Whether one row does. Each is to be asked for once. */
  isCounted(row: Row): boolean
  /** Those that were removed too long ago and are listed again: the listed one counts as new. */
  readonly replaced: readonly Row['id'][]
  /** Those that are not listed, and are too many or were removed too long ago. */
  readonly surplus: readonly Row['id'][]
}

export function createForgetting<Row extends Remembered>(
  listed: { has(name: string): boolean },
  { keep, before }: ForgettingRule,
): Forgetting<Row> {
  const replaced: Row['id'][] = []
  const gone: { readonly id: Row['id']; readonly at: number }[] = []
  function isCounted({ id, name, removedAt }: Row): boolean {
    if (removedAt === null) return true
    if (!listed.has(name)) gone.push({ id, at: removedAt })
    else if (removedAt < before) replaced.push(id)
    return !listed.has(name) || removedAt >= before
  }
  return {
    isCounted,
    sift: (page) => page.filter(isCounted),
    replaced,
    get surplus() {
      const newestFirst = gone.toSorted((a, b) => b.at - a.at)
      return newestFirst.flatMap(({ id, at }, place) => (place >= keep || at < before ? id : []))
    },
  }
}
