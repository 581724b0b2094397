import { referenceOf, type ToolFields } from '../tools.ts'
import type { Output } from './output.ts'
import { printable, printableLines } from './printable.ts'

/** What is to be known of a tool before it is used, in a word or two. */
export function marksOf({ enabled, removedAt, quarantine, annotations, schemaHealth }: ToolFields): readonly string[] {
  return [
    ...(removedAt === null ? [] : ['removed']),
    ...(enabled ? [] : ['disabled']),
    ...(quarantine ? [quarantine.kind === 'NEW' ? 'waits for approval' : 'a change waits for approval'] : []),
    ...(annotations.readOnlyHint ? ['reads only'] : []),
    ...(annotations.destructiveHint ? ['destructive'] : []),
    ...(schemaHealth.status === 'INVALID' ? ['schema invalid'] : []),
  ]
}

export function printTools(output: Output, tools: readonly ToolFields[], place: string): void {
  if (tools.length === 0) {
    output.print(`There is no tool in ${printable(place)}; toolyard refresh reads what servers have`)
    return
  }
  const rows = tools.map((tool) => [
    printable(referenceOf(tool)),
    marksOf(tool).join(', '),
    printable(tool.title ?? tool.description ?? ''),
  ])
  const hasMarks = rows.some(([, marks]) => marks !== '')
  const columns = hasMarks ? rows : rows.map(([name = '', , text = '']) => [name, text])
  output.printTable(hasMarks ? ['TOOL', 'STATE', 'DESCRIPTION'] : ['TOOL', 'DESCRIPTION'], columns)
}

export function printTool(output: Output, tool: ToolFields): void {
  const { schemaHealth, quarantine } = tool
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['Tool', referenceOf(tool)],
    ['Id', tool.id],
    ['Model name', tool.qualifiedName],
    ['Title', tool.title ?? undefined],
    ['State', marksOf(tool).join(', ') || undefined],
    ['Tags', tool.tags.join(', ') || undefined],
    ['Schema', [schemaHealth.status, ...schemaHealth.reasons].join('; ')],
    ['First seen', tool.firstSeenAt],
    ['Updated', tool.updatedAt],
  ]
  for (const [label, value] of rows) {
    if (value !== undefined) output.print(`${output.style('bold', label.padEnd(12))}${printable(value)}`)
  }
  if (tool.description !== null) output.print(`\n${printableLines(tool.description)}`)
  output.print(`\n${output.style('bold', 'Args')}\n${JSON.stringify(tool.inputSchema, undefined, 2)}`)
  if (tool.outputSchema !== null) {
    output.print(`\n${output.style('bold', 'Structured result')}\n${JSON.stringify(tool.outputSchema, undefined, 2)}`)
  }
  if (quarantine?.kind !== 'CHANGED') return
  output.print(`\n${output.style('bold', 'What waits for approval')}`)
  for (const { pointer, before, after } of quarantine.changes) {
    output.print(printable(`${pointer}: ${JSON.stringify(before)} -> ${JSON.stringify(after)}`))
  }
}
