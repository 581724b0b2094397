import type { Output } from '../output/output.ts'
import { printable, shown } from '../output/printable.ts'
import type { DifferenceFields } from '../queries/refresh-documents.ts'

/** The changes of the lists beside that of tools. */
export interface ListDifferences {
  readonly resources: DifferenceFields
  readonly resourceTemplates: DifferenceFields
  readonly prompts: DifferenceFields
}

/** Maximum number of names of a kind on a terminal; the rest is a number. */
const shownToPeople = 50

const nouns = { resources: 'resource', resourceTemplates: 'template', prompts: 'prompt' } as const
const plurals = { resources: 'resources', resourceTemplates: 'resource templates', prompts: 'prompts' } as const
const members = ['resources', 'resourceTemplates', 'prompts'] as const

function summaryOf({ addedCount, updatedCount, deletedCount, rejected, error }: DifferenceFields): string | undefined {
  if (error) return `not read, ${error.code}`
  const counts = [
    [addedCount, `+${addedCount}`],
    [updatedCount, `~${updatedCount}`],
    [deletedCount, `−${deletedCount}`],
    [rejected.length, `${rejected.length} rejected`],
  ] as const
  return counts.flatMap(([count, text]) => (count > 0 ? [text] : [])).join(' ') || undefined
}

/** The differences in short, such as "resources +2"; empty if no list has changed. */
export function listDifferencesInShort(differences: ListDifferences): readonly string[] {
  return members.flatMap((member) => {
    const summary = summaryOf(differences[member])
    return summary === undefined ? [] : [`${plurals[member]} ${summary}`]
  })
}

/** A line for each change, and for each list that could not be read. */
export function listDifferenceLines(
  { isTerminal, style }: Pick<Output, 'isTerminal' | 'style'>,
  differences: ListDifferences,
): readonly string[] {
  return members.flatMap((member) => {
    const { added, updated, deleted, rejected, error, ...difference } = differences[member]
    const some = (color: Parameters<Output['style']>[0], sign: string, names: readonly string[], count: number) => {
      const named = isTerminal ? names.slice(0, shownToPeople) : names
      const lines = named.map((name) => `  ${style(color, sign)} ${nouns[member]} ${shown(name)}`)
      return count > named.length ? [...lines, `  … and ${count - named.length} more`] : lines
    }
    return [
      ...(error
        ? [`  ${style('red', '!')} ${plurals[member]}: ${style('red', `${error.code}: ${printable(error.message)}`)}`]
        : []),
      ...some('green', '+', added, difference.addedCount),
      ...some('yellow', '~', updated, difference.updatedCount),
      ...some('red', '−', deleted, difference.deletedCount),
      ...rejected.map(
        ({ name, reason }) => `  ${style('red', '!')} ${nouns[member]} ${shown(name)}  rejected: ${shown(reason)}`,
      ),
    ]
  })
}
