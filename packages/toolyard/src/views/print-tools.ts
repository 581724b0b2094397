import type { Output } from '../output/output.ts'
import { shown, shownJson, shownLines } from '../output/printable.ts'
import { referenceOf, type ToolFields } from '../queries/tools.ts'

/** The warnings of the definition in force, and of the pending one. */
function hiddenTextOf({ warnings, quarantine }: ToolFields): ToolFields['warnings'] {
  return quarantine?.kind === 'CHANGED' ? [...warnings, ...quarantine.warnings] : warnings
}

/** Facts about a tool that matter before it is used, in a word or two. */
export function marksOf(tool: ToolFields): readonly string[] {
  const { enabled, removedAt, quarantine, heldHints, annotations, schemaHealth } = tool
  return [
    ...(removedAt === null ? [] : ['removed']),
    ...(enabled ? [] : ['disabled']),
    ...(quarantine ? [quarantine.kind === 'NEW' ? 'waits for approval' : 'a change waits for approval'] : []),
    ...(heldHints ? ['loosened hints wait for approval'] : []),
    ...(annotations.readOnlyHint ? ['reads only'] : []),
    ...(annotations.destructiveHint ? ['destructive'] : []),
    ...(schemaHealth.status === 'INVALID' ? ['schema invalid'] : []),
    ...(hiddenTextOf(tool).length > 0 ? ['hidden text'] : []),
  ]
}

export function printTools(output: Output, tools: readonly ToolFields[]): void {
  const rows = tools.map((tool) => [
    shown(referenceOf(tool)),
    marksOf(tool).join(', '),
    shown(tool.title ?? tool.description ?? ''),
  ])
  const hasMarks = rows.some(([, marks]) => marks !== '')
  const columns = hasMarks ? rows : rows.map(([name = '', , text = '']) => [name, text])
  output.printTable(hasMarks ? ['TOOL', 'STATE', 'DESCRIPTION'] : ['TOOL', 'DESCRIPTION'], columns)
}

function printWarnings(output: Output, label: string, warnings: ToolFields['warnings']): void {
  for (const { pointer, message } of warnings) {
    output.print(output.style('yellow', `${label.padEnd(12)}${shown(pointer)}: ${shown(message)}`))
  }
}

export function printTool(output: Output, tool: ToolFields): void {
  const { schemaHealth, quarantine } = tool
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['Tool', referenceOf(tool)],
    ['Id', tool.id],
    ['Model name', tool.qualifiedName],
    ['Title', tool.title ?? undefined],
    ['State', marksOf(tool).join(', ') || undefined],
    ['Approval', tool.approvalPolicy ?? 'that of the server'],
    ['Tags', tool.tags.join(', ') || undefined],
    ['Schema', [schemaHealth.status, ...schemaHealth.reasons].join('; ')],
    ['First seen', tool.firstSeenAt],
    ['Updated', tool.updatedAt],
  ]
  for (const [label, value] of rows) {
    if (value !== undefined) output.print(`${output.style('bold', label.padEnd(12))}${shown(value)}`)
  }
  printWarnings(output, 'Warning', tool.warnings)
  if (tool.description !== null) output.print(`\n${shownLines(tool.description)}`)
  output.print(`\n${output.style('bold', 'Args')}\n${shownJson(tool.inputSchema, 2)}`)
  if (tool.outputSchema !== null) {
    output.print(`\n${output.style('bold', 'Structured result')}\n${shownJson(tool.outputSchema, 2)}`)
  }
  if (quarantine?.kind !== 'CHANGED') return
  output.print(`\n${output.style('bold', 'Pending definition')}`)
  for (const { pointer, before, after } of quarantine.changes) {
    output.print(shown(`${pointer}: ${shownJson(before)} -> ${shownJson(after)}`))
  }
  printWarnings(output, 'Warning', quarantine.warnings)
}
