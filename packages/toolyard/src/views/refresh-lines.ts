import type { ConnectionState } from '@toolyard/graphql/client'
import stringWidth from 'string-width'
import type { CommandContext } from '../command/command.ts'
import { elapsedInWords } from '../output/duration.ts'
import { createLiveLines } from '../output/live-lines.ts'
import type { Output } from '../output/output.ts'
import { printable } from '../output/printable.ts'
import { stderrLines } from '../output/stderr-lines.ts'
import { cut } from '../output/table.ts'
import type { RefreshEvent, RefreshFields } from '../queries/refresh-documents.ts'
import { connectionInWords } from './describe-connection.ts'

/** What a person sees of refreshes while they run: a line each, which stays once it has ended. */
export interface RefreshLines extends Disposable {
  start(serverName: string): void
  /** For a server whose refresh was refused. */
  refuse(serverName: string, reason: string): void
  tell(text: string): void
  follow(serverName: string, event: RefreshEvent): void
  /** Several refreshes lose a server together: it is told once. */
  readonly tellConnection: (state: ConnectionState) => void
}

const maxNameWidth = 30

/** `+2 ~1 −3`, and how many were refused; undefined where nothing has changed. */
export function differenceInShort({ added, updated, deleted, rejected }: RefreshFields): string | undefined {
  const counts = [
    [added.length, `+${added.length}`],
    [updated.length, `~${updated.length}`],
    [deleted.length, `−${deleted.length}`],
    [rejected.length, `${rejected.length} rejected`],
  ] as const
  return counts.flatMap(([count, text]) => (count > 0 ? [text] : [])).join(' ') || undefined
}

/** How a refresh ended that has not succeeded, in one line. */
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

/** What a command wrote to stderr before its refresh failed, a line each. */
export function noteStderr(output: Output, error: Parameters<typeof stderrLines>[0]): void {
  for (const line of stderrLines(error)) output.note(output.styleNote('dim', `  stderr: ${printable(line)}`))
}

function phaseInWords(event: Extract<RefreshEvent, { __typename: 'RefreshPhaseChanged' }>): string {
  const { phase, done, total, message } = event
  const count = total !== null ? ` ${done} of ${total}` : done > 0 ? ` ${done}` : ''
  return `${phase.toLowerCase()}${count}${message === null ? '' : `, ${printable(message)}`}`
}

export async function createRefreshLines(
  { process: { stderr }, output, signal, name }: Pick<CommandContext, 'process' | 'output' | 'signal' | 'name'>,
  { serverNames, isLive = output.isLive }: { readonly serverNames: readonly string[]; readonly isLive?: boolean },
): Promise<RefreshLines> {
  const live = isLive ? await createLiveLines(stderr) : undefined
  const startedAt = new Map<string, number>()
  // Of all of them from the start, so that lines which stay are in line with those to come.
  const nameWidth = Math.min(maxNameWidth, Math.max(0, ...serverNames.map((name) => stringWidth(printable(name)))))
  let lastState: ConnectionState = 'BACK'

  function elapsed(serverName: string): string {
    return elapsedInWords(performance.now() - (startedAt.get(serverName) ?? performance.now()))
  }

  function lineOf(serverName: string, text: string, width: number): string {
    const shownWidth = Math.min(nameWidth, Math.floor(width / 3))
    const shown = cut(printable(serverName), shownWidth)
    const padding = ' '.repeat(Math.max(0, shownWidth - stringWidth(shown)))
    // Two columns are for what stands before.
    return cut(`${shown}${padding}  ${text}`, width - 2)
  }

  function finish(serverName: string, isDone: boolean, text: string): void {
    const mark = isDone ? output.styleNote('green', '✓') : output.styleNote('red', '✗')
    live?.remove(serverName)
    live?.print(`${mark} ${lineOf(serverName, text, (stderr.columns ?? 80) - 1)}`)
  }

  function finishRefresh(serverName: string, refresh: RefreshFields): void {
    const isDone = refresh.status === 'SUCCEEDED'
    const text = isDone ? (differenceInShort(refresh) ?? 'no changes') : failureOf(refresh)
    finish(serverName, isDone, `${text}  ${elapsed(serverName)}`)
  }

  function show(serverName: string, text: string): void {
    live?.show(serverName, ({ width, spinner }) => {
      const line = lineOf(serverName, `${text}  ${elapsed(serverName)}`, width)
      return `${output.styleNote('cyan', spinner)} ${line}`
    })
  }

  function tell(text: string): void {
    if (live) live.print(output.styleNote('dim', text))
    else output.note(text)
  }

  const onAbort = () => live && tell('canceling; Ctrl-C again leaves at once')
  signal.addEventListener('abort', onAbort, { once: true })

  return {
    start(serverName) {
      startedAt.set(serverName, performance.now())
      show(serverName, 'starting')
    },
    refuse: (serverName, reason) => finish(serverName, false, printable(reason)),
    tell,
    follow(serverName, event) {
      if (event.__typename === 'RefreshFinished') finishRefresh(serverName, event.refresh)
      if (event.__typename === 'RefreshPhaseChanged') show(serverName, phaseInWords(event))
    },
    tellConnection(state) {
      if (state === lastState) return
      lastState = state
      tell(connectionInWords(state, name))
    },
    [Symbol.dispose]() {
      signal.removeEventListener('abort', onAbort)
      live?.[Symbol.dispose]()
    },
  }
}
