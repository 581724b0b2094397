import type { Output } from '../output/output.ts'
import { printable, shown } from '../output/printable.ts'
import type { RefreshPreview } from '../queries/refresh-preview.ts'
import { listDifferenceLines } from './list-differences.ts'

/** Prints what a refresh of the server would change: tools by name, and the changed places of updated ones. */
export function printPreview(
  output: Pick<Output, 'print' | 'style' | 'isTerminal'>,
  server: string,
  preview: RefreshPreview,
): void {
  const { added, updated, deleted, unchangedCount, rejected, listed } = preview
  const line = (style: Parameters<Output['style']>[0], sign: string, text: string) =>
    output.print(`  ${output.style(style, `${sign} ${shown(text)}`)}`)
  const count = `${added.length} added, ${updated.length} updated, ${deleted.length} deleted, ${unchangedCount} unchanged`
  output.print(`${output.style('bold', printable(server))}: ${count}; a dry run, nothing is stored`)
  for (const { name } of added) line('green', '+', name)
  for (const { tool, changes } of updated) {
    line('yellow', '~', `${tool.name}: ${changes.map(({ pointer }) => pointer).join(', ')}`)
  }
  for (const { name, warnings } of listed) {
    for (const { pointer, message } of warnings) line('yellow', '!', `${name}${pointer}: ${message}`)
  }
  for (const { name } of deleted) line('red', '-', name)
  for (const { name, reason } of rejected) line('red', '✗', `${name}: ${reason}`)
  for (const text of listDifferenceLines(output, preview)) output.print(text)
}
