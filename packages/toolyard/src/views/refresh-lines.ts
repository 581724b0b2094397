import type { ConnectionState } from '@toolyard/graphql/client'
import stringWidth from 'string-width'
import type { CommandContext } from '../command/command.ts'
import { elapsedInWords } from '../output/duration.ts'
import { createLiveLines, type LiveLines } from '../output/live-lines.ts'
import type { Output } from '../output/output.ts'
import { printable } from '../output/printable.ts'
import { stderrLines } from '../output/stderr-lines.ts'
import { cut } from '../output/table.ts'
import type { RefreshEvent, RefreshFields } from '../queries/refresh-documents.ts'
import { connectionInWords } from './describe-connection.ts'
import { listDifferencesInShort } from './list-differences.ts'

/** Lines on the terminal for running refreshes, one each, which stay after the end. */
export interface RefreshLines extends Disposable {
  start(serverName: string): void
  /** For a server whose refresh was refused. */
  refuse(serverName: string, reason: string): void
  note(text: string): void
  follow(serverName: string, event: RefreshEvent): void
  /** Shows a state once, as several refreshes lose their connection together. */
  showConnection(state: ConnectionState): void
}

const maxNameWidth = 30

/** The difference as `+2 ~1 −3`, and the number of rejected tools; undefined if nothing has changed. */
function differenceInShort(refresh: RefreshFields): string | undefined {
  const { added, updated, deleted, rejected } = refresh
  const counts = [
    [added.length, `+${added.length}`],
    [updated.length, `~${updated.length}`],
    [deleted.length, `−${deleted.length}`],
    [rejected.length, `${rejected.length} rejected`],
  ] as const
  const tools = counts.flatMap(([count, text]) => (count > 0 ? [text] : [])).join(' ')
  return [...(tools === '' ? [] : [tools]), ...listDifferencesInShort(refresh)].join(', ') || undefined
}

/** The failure of a refresh in one line. */
export function failureOf({
  status,
  error,
}: {
  readonly status: RefreshFields['status']
  readonly error: Pick<NonNullable<RefreshFields['error']>, 'code' | 'message'> | null
}): string {
  if (!error) return status
  return `${status === 'FAILED' ? error.code : status}: ${printable(error.message)}`
}

/** Notes the lines that a command wrote to stderr before its refresh failed. */
export function noteStderr(output: Output, error: Parameters<typeof stderrLines>[0]): void {
  for (const line of stderrLines(error)) output.note(output.styleNote('dim', `  stderr: ${printable(line)}`))
}

function phaseInWords(event: Extract<RefreshEvent, { __typename: 'RefreshPhaseChanged' }>): string {
  const { phase, done, total, message } = event
  const count = total !== null ? ` ${done} of ${total}` : done > 0 ? ` ${done}` : ''
  return `${phase.toLowerCase()}${count}${message === null ? '' : `, ${printable(message)}`}`
}

type LinesContext = Pick<CommandContext, 'process' | 'output' | 'signal' | 'name'>

class TerminalRefreshLines implements RefreshLines {
  readonly #context: LinesContext
  readonly #live: LiveLines | undefined
  readonly #nameWidth: number
  readonly #startedAt = new Map<string, number>()
  readonly #onAbort = () => {
    if (this.#live) this.note('canceling; Ctrl-C again leaves at once')
  }
  #lastState: ConnectionState = 'BACK'

  constructor(context: LinesContext, serverNames: readonly string[], live: LiveLines | undefined) {
    this.#context = context
    this.#live = live
    // The width for all of them from the start, so that lines which stay are aligned with later ones.
    const widths = serverNames.map((name) => stringWidth(printable(name)))
    this.#nameWidth = Math.min(maxNameWidth, Math.max(0, ...widths))
    context.signal.addEventListener('abort', this.#onAbort, { once: true })
  }

  start(serverName: string): void {
    this.#startedAt.set(serverName, performance.now())
    this.#show(serverName, 'starting')
  }

  refuse(serverName: string, reason: string): void {
    this.#finish(serverName, false, printable(reason))
  }

  note(text: string): void {
    const { output } = this.#context
    if (this.#live) this.#live.print(output.styleNote('dim', text))
    else output.note(text)
  }

  follow(serverName: string, event: RefreshEvent): void {
    if (event.__typename === 'RefreshFinished') this.#finishRefresh(serverName, event.refresh)
    if (event.__typename === 'RefreshPhaseChanged') this.#show(serverName, phaseInWords(event))
  }

  showConnection(state: ConnectionState): void {
    if (state === this.#lastState) return
    this.#lastState = state
    this.note(connectionInWords(state, this.#context.name))
  }

  [Symbol.dispose](): void {
    this.#context.signal.removeEventListener('abort', this.#onAbort)
    this.#live?.[Symbol.dispose]()
  }

  #elapsed(serverName: string): string {
    return elapsedInWords(performance.now() - (this.#startedAt.get(serverName) ?? performance.now()))
  }

  #lineOf(serverName: string, text: string, width: number): string {
    const shownWidth = Math.min(this.#nameWidth, Math.floor(width / 3))
    const shown = cut(printable(serverName), shownWidth)
    const padding = ' '.repeat(Math.max(0, shownWidth - stringWidth(shown)))
    // Two columns are for the mark in front.
    return cut(`${shown}${padding}  ${text}`, width - 2)
  }

  #show(serverName: string, text: string): void {
    this.#live?.show(serverName, ({ width, spinner }) => {
      const line = this.#lineOf(serverName, `${text}  ${this.#elapsed(serverName)}`, width)
      return `${this.#context.output.styleNote('cyan', spinner)} ${line}`
    })
  }

  #finishRefresh(serverName: string, refresh: RefreshFields): void {
    const isDone = refresh.status === 'SUCCEEDED'
    const text = isDone ? (differenceInShort(refresh) ?? 'no changes') : failureOf(refresh)
    this.#finish(serverName, isDone, `${text}  ${this.#elapsed(serverName)}`)
  }

  #finish(serverName: string, isDone: boolean, text: string): void {
    const { output, process } = this.#context
    const mark = isDone ? output.styleNote('green', '✓') : output.styleNote('red', '✗')
    this.#live?.remove(serverName)
    this.#live?.print(`${mark} ${this.#lineOf(serverName, text, (process.stderr.columns ?? 80) - 1)}`)
  }
}

export async function createRefreshLines(
  context: LinesContext,
  {
    serverNames,
    isLive = context.output.isLive,
  }: { readonly serverNames: readonly string[]; readonly isLive?: boolean },
): Promise<RefreshLines> {
  const live = isLive ? await createLiveLines(context.process.stderr) : undefined
  return new TerminalRefreshLines(context, serverNames, live)
}
