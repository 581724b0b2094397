import type { Output } from '../output/output.ts'
import { printable, shown, shownJson } from '../output/printable.ts'
import { cut } from '../output/table.ts'
import type { RefreshFields } from '../queries/refresh-documents.ts'
import { listDifferenceLines, listDifferencesInShort } from './list-differences.ts'
import { failureOf } from './refresh-lines.ts'

/** The outcome of the refresh of one server. */
export type RefreshResult =
  | { readonly serverName: string; readonly deduplicated: boolean; readonly refresh: RefreshFields }
  | { readonly serverName: string; readonly refused: { readonly code: string; readonly message: string } }

/** Maximum width of a value, in columns. */
const valueWidth = 60
/** Maximum number of tools of a kind on a terminal; the rest is a number. */
const shownToPeople = 50

type Change = RefreshFields['updated'][number]['changes'][number]

function shortJson(value: unknown): string {
  return cut(printable(shownJson(value)), valueWidth)
}

/** Describes a change; a missing value is null. */
function describeChange({ pointer, before, after }: Change): string {
  if (pointer === '') return 'more than is recorded of one refresh'
  if (before === null) return `added ${shortJson(after)}`
  if (after === null) return `removed ${shortJson(before)}`
  return `${shortJson(before)} → ${shortJson(after)}`
}

function counts(refresh: RefreshFields): string {
  const { added, updated, deleted, rejected, unchangedCount } = refresh
  const all = [
    [added.length, 'added'],
    [updated.length, 'changed'],
    [deleted.length, 'deleted'],
    [rejected.length, 'rejected'],
    [unchangedCount, 'unchanged'],
  ] as const
  const tools = all.flatMap(([count, word]) => (count > 0 ? [`${count} ${word}`] : [])).join(', ') || 'no tools'
  return [tools, ...listDifferencesInShort(refresh)].join('; ')
}

function detailsOf(output: Output, refresh: RefreshFields): readonly string[] {
  const { added, updated, deleted, rejected, error } = refresh
  const some = <Item>(items: readonly Item[], linesOf: (item: Item) => readonly string[]): readonly string[] => {
    const shown = output.isTerminal ? items.slice(0, shownToPeople) : items
    const rest = items.length - shown.length
    return [...shown.flatMap(linesOf), ...(rest > 0 ? [`  … and ${rest} more`] : [])]
  }
  const warned = (warnings: RefreshFields['added'][number]['warnings']) =>
    warnings.map(({ pointer, message }) => output.style('yellow', `      ! ${shown(pointer)}: ${shown(message)}`))
  return [
    ...some(added, ({ name, warnings }) => [`  ${output.style('green', '+')} ${shown(name)}`, ...warned(warnings)]),
    ...some(updated, ({ tool, changes }) => [
      `  ${output.style('yellow', '~')} ${shown(tool.name)}`,
      ...changes.map((change) => `      ${shown(change.pointer)}  ${describeChange(change)}`),
      ...warned(tool.quarantine?.warnings ?? tool.warnings),
    ]),
    ...some(deleted, ({ name }) => [`  ${output.style('red', '−')} ${shown(name)}`]),
    ...some(rejected, ({ name, reason }) => [
      `  ${output.style('red', '!')} ${shown(name) || '(no name)'}  rejected: ${shown(reason)}`,
    ]),
    ...listDifferenceLines(output, refresh),
    ...some(error?.stderrTail ?? [], (line) => [`  ${output.style('dim', `stderr: ${printable(line)}`)}`]),
  ]
}

function printResult(output: Output, result: RefreshResult): void {
  const name = output.style('bold', printable(result.serverName))
  if ('refused' in result) {
    const { code, message } = result.refused
    output.print(`${name}: ${output.style('red', `${code}: ${printable(message)}`)}`)
    return
  }
  const { refresh } = result
  const details = detailsOf(output, refresh)
  // The line of the refresh, on the same terminal, says it already.
  if (details.length === 0 && output.isLive && output.isTerminal) return
  const summary = refresh.status === 'SUCCEEDED' ? counts(refresh) : output.style('red', failureOf(refresh))
  output.print([`${name}: ${summary}`, ...details].join('\n'))
}

/** Prints the difference that each refresh has made, in detail. */
export function printRefreshes(output: Output, results: readonly RefreshResult[]): void {
  if (!output.isJson) {
    for (const result of results) printResult(output, result)
    return
  }
  output.printJson(
    results.map((result) => {
      if ('refused' in result) return { serverName: result.serverName, status: null, error: result.refused }
      const { serverName, deduplicated, refresh } = result
      return { serverName, deduplicated, ...refresh }
    }),
  )
}
