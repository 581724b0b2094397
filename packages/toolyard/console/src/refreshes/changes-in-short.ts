/** The lists beside that of tools, with their titles. */
export const kinds = [
  ['resources', 'Resources'],
  ['resourceTemplates', 'Resource templates'],
  ['prompts', 'Prompts'],
] as const
export type ListKind = (typeof kinds)[number][0]

interface ChangeCounts {
  readonly addedCount: number
  readonly updatedCount: number
  readonly deletedCount: number
}

/** The numbers of the changes of each list. `error`: the list could not be read. */
type ListChanges = Readonly<Record<ListKind, ChangeCounts & { readonly error: object | null }>>
type Changes = ChangeCounts & ListChanges & { readonly unchangedCount: number }

export const changeCount = ({ addedCount, updatedCount, deletedCount }: ChangeCounts) =>
  addedCount + updatedCount + deletedCount

type Counted = readonly [count: number, word: string]

const inWords = (counts: readonly Counted[]) =>
  counts.flatMap(([count, word]) => (count === 0 ? [] : [`${count.toLocaleString('en')} ${word}`])).join(', ')

const counted = ({ addedCount, updatedCount, deletedCount }: ChangeCounts): readonly Counted[] => [
  [addedCount, 'added'],
  [updatedCount, 'changed'],
  [deletedCount, 'removed'],
]

/** The lists beside that of tools that changed, or could not be read, in a few words; undefined if none did. */
export function listChangesInShort(changes: ListChanges): string | undefined {
  const words = kinds.flatMap(([kind, title]) => {
    const ofKind = changes[kind].error ? 'not read' : inWords(counted(changes[kind]))
    return ofKind === '' ? [] : [`${title.toLowerCase()}: ${ofKind}`]
  })
  return words.length === 0 ? undefined : words.join('; ')
}

/** What a refresh changed, in one line: tools first. */
export function changesInShort(changes: Changes): string {
  const lists = listChangesInShort(changes)
  const unchanged: Counted = [changes.unchangedCount, 'unchanged']
  if (changeCount(changes) > 0) {
    return [inWords([...counted(changes), unchanged]), lists].filter((each) => each !== undefined).join('; ')
  }
  return lists ?? ['No changes', inWords([unchanged])].filter((each) => each !== '').join(', ')
}
