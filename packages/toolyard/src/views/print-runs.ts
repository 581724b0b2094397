import { durationInWords } from '../output/duration.ts'
import { localDateTime } from '../output/local-time.ts'
import type { Output } from '../output/output.ts'
import { printable, shownJson } from '../output/printable.ts'
import { styleOfStatus } from '../output/status-style.ts'
import type { Run, RunSummary } from '../queries/run-documents.ts'
import { printResult } from './print-result.ts'

/** Prints a table of runs. */
export function printRuns(output: Output, runs: readonly RunSummary[]): void {
  if (runs.length === 0) {
    output.print('No runs found')
    return
  }
  const rows = runs.map(({ id, serverName, toolName, status, createdAt, durationMs }) => [
    id,
    printable(`${serverName}/${toolName}`),
    output.style(styleOfStatus(status), status),
    localDateTime(createdAt),
    durationMs === null ? '' : durationInWords(durationMs),
  ])
  output.printTable(['ID', 'TOOL', 'STATUS', 'CREATED', 'DURATION'], rows)
}

function prettyJson(output: Output, value: unknown): string {
  return output.isTerminal ? shownJson(value, 2) : JSON.stringify(value, null, 2)
}

function approvalRows({ approval }: Run): readonly (readonly [string, string | undefined])[] {
  if (!approval) return []
  const { requestedAt, decidedAt, decision, decidedBy, reason } = approval
  if (decision === null) return [['Approval', `asked for ${requestedAt}`]]
  const by = decidedBy === null ? '' : ` by ${printable(decidedBy)}`
  const why = reason === null ? '' : `: ${printable(reason)}`
  return [['Approval', `${decision}${by} ${decidedAt ?? ''}${why}`]]
}

function inputRows({ id, status, pendingInput }: Run): readonly (readonly [string, string | undefined])[] {
  if (status !== 'INPUT_REQUIRED') return []
  const keys = pendingInput.map(({ key }) => printable(key)).join(', ')
  return [['Waits for', `input (${keys}); toolyard answer ${id} shows it`]]
}

/** Prints one run in full. */
export function printRun(output: Output, run: Run): void {
  const { error, result } = run
  const recorded = (policy: Run['recordedArgs']) => (policy === 'KEEP' ? '' : ` (recorded: ${policy})`)
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['Id', run.id],
    ['Tool', printable(`${run.serverName}/${run.toolName}`)],
    ['Status', output.style(styleOfStatus(run.status), run.status)],
    ['Error', error ? printable(`${error.code}: ${error.message}`) : undefined],
    ...approvalRows(run),
    ...inputRows(run),
    ['By', run.actor === null ? undefined : printable(run.actor)],
    ['Created', run.createdAt],
    ['Started', run.startedAt ?? undefined],
    ['Finished', run.finishedAt ?? undefined],
    ['Duration', run.durationMs === null ? undefined : durationInWords(run.durationMs)],
    ['Metadata', Object.keys(run.metadata).length > 0 ? printable(shownJson(run.metadata)) : undefined],
  ]
  for (const [label, value] of rows) {
    if (value !== undefined) output.print(`${output.style('bold', label.padEnd(12))}${value}`)
  }
  output.print(`${output.style('bold', 'Args')}${recorded(run.recordedArgs)}`)
  output.print(prettyJson(output, run.args))
  if (result === null && run.recordedResult === 'KEEP') return
  output.print(`${output.style('bold', 'Result')}${recorded(run.recordedResult)}${result?.truncated ? ' (cut)' : ''}`)
  printResult(output, run)
}
