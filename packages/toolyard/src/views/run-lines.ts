import type { CommandContext } from '../command/command.ts'
import { elapsedInWords } from '../output/duration.ts'
import { createLiveLines } from '../output/live-lines.ts'
import { printable, printableLines } from '../output/printable.ts'
import { cut } from '../output/table.ts'
import type { Run, RunEvent } from '../queries/run-documents.ts'

/** Lines on the terminal for a run: one that changes, and above it the output of the tool. */
export interface RunLines extends Disposable {
  follow(event: RunEvent): void
  finish(run: Run): void
  note(text: string): void
  /** Hides the line that changes while a question is open: it would write over the question. */
  hold(isAsking: boolean): void
}

const barWidth = 20
/** Width of a terminal below which there is no bar, in columns. */
const minWidthForBar = 60

function bar(share: number): string {
  const filled = Math.round(Math.min(1, Math.max(0, share)) * barWidth)
  return `${'█'.repeat(filled)}${'░'.repeat(barWidth - filled)}`
}

let numberFormat: Intl.NumberFormat | undefined

/** Makes the format with the first number: the help shows none. */
function amount(value: number): string {
  numberFormat ??= new Intl.NumberFormat('en', { maximumFractionDigits: 2, useGrouping: false })
  return numberFormat.format(value)
}

interface Progress {
  readonly progress: number
  readonly total: number | null
  readonly message: string | null
}

function progressInWords({ progress, total, message }: Progress, width: number): string {
  const hasTotal = total !== null && total > 0
  const count = hasTotal ? `${amount(progress)} of ${amount(total)}` : amount(progress)
  const parts = [
    ...(hasTotal && width >= minWidthForBar ? [bar(progress / total)] : []),
    count,
    ...(message === null ? [] : [printable(message)]),
  ]
  return parts.join('  ')
}

export async function createRunLines(
  { process: { stderr }, output, signal }: Pick<CommandContext, 'process' | 'output' | 'signal'>,
  options: { readonly title: string; readonly isLive: boolean; readonly isQuiet: boolean },
): Promise<RunLines> {
  const { isLive, isQuiet } = options
  const title = printable(options.title)
  const live = isLive ? await createLiveLines(stderr) : undefined
  const startedAt = performance.now()
  const elapsed = () => elapsedInWords(performance.now() - startedAt)
  let progress: Progress | undefined
  let isHeld = false
  let hasFinished = false

  function show(): void {
    if (isHeld || hasFinished) return
    live?.show('run', ({ width, spinner }) => {
      const shown = progress && progressInWords(progress, width)
      const text = [title, ...(shown === undefined ? [] : [shown]), elapsed()].join('  ')
      return `${output.styleNote('cyan', spinner)} ${cut(text, width - 2)}`
    })
  }

  function note(text: string): void {
    const dim = output.styleNote('dim', text)
    if (live) live.print(dim)
    else output.note(dim)
  }

  function noteOutput({ stream, text, leftOut }: Extract<RunEvent, { __typename: 'ToolRunOutput' }>): void {
    if (isQuiet) return
    if (leftOut > 0) note(`(${leftOut} were left out: they came too fast)`)
    const lines = printableLines(text).replace(/\n$/, '').split('\n')
    note(lines.map((line) => `${stream.toLowerCase()}: ${line}`).join('\n'))
  }

  const onAbort = () => live && note('canceling; Ctrl-C again leaves at once')
  signal.addEventListener('abort', onAbort, { once: true })
  show()

  return {
    follow(event) {
      if (event.__typename === 'ToolRunProgress') progress = event
      if (event.__typename === 'ToolRunOutput') noteOutput(event)
      if (event.__typename !== 'ToolRunFinished') show()
    },
    finish({ status }) {
      const isDone = status === 'SUCCEEDED'
      const mark = isDone ? output.styleNote('green', '✓') : output.styleNote('red', '✗')
      // A question may end after its run.
      hasFinished = true
      live?.remove('run')
      live?.print(`${mark} ${cut(`${title}  ${elapsed()}`, (stderr.columns || 80) - 3)}`)
    },
    note,
    hold(isAsking) {
      isHeld = isAsking
      if (isAsking) live?.remove('run')
      else show()
    },
    [Symbol.dispose]() {
      signal.removeEventListener('abort', onAbort)
      live?.[Symbol.dispose]()
    },
  }
}
