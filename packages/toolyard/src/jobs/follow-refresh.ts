import { type ExitCode, exitCodes } from '../base/command-error.ts'
import type { CommandContext } from '../command/command.ts'
import { type RefreshEvent, type RefreshFields, refreshEvents } from '../queries/refresh-documents.ts'
import { createRefreshLines, type RefreshLines } from '../views/refresh-lines.ts'
import { followJob } from './follow-job.ts'

/** A started refresh. */
export interface StartedRefresh {
  readonly refreshId: string
  readonly serverName: string
}

export interface RefreshOutcome extends StartedRefresh {
  /** The refresh after its end. */
  readonly refresh: RefreshFields
}

export interface FollowRefreshOptions {
  readonly lines: RefreshLines
  readonly onEvent?: (event: RefreshEvent) => void
}

/** Follows one refresh to its end, shown in `lines`. */
export async function followRefresh(
  context: CommandContext,
  { refreshId, serverName }: StartedRefresh,
  { lines, onEvent }: FollowRefreshOptions,
): Promise<RefreshOutcome> {
  let refresh: RefreshFields | undefined
  lines.start(serverName)
  await followJob(context, {
    jobId: refreshId,
    document: refreshEvents,
    variables: { refreshId },
    isLast: (event) => event.__typename === 'RefreshFinished',
    onEvent(event) {
      onEvent?.(event)
      lines.follow(serverName, event)
      if (event.__typename === 'RefreshFinished') refresh = event.refresh
    },
    onConnection: (state) => lines.showConnection(state),
  })
  if (!refresh) throw new Error(`The events of ${refreshId} have ended without the last of them`)
  return { refreshId, serverName, refresh }
}

/**
 * Follows refreshes to their ends, each with a live line if stderr is a terminal. Ctrl-C cancels all of them, and waits
 * for their ends. Rejects with GraphQLClientError, and with CommandError.
 */
export async function followRefreshes(
  context: CommandContext,
  started: readonly StartedRefresh[],
): Promise<readonly RefreshOutcome[]> {
  using lines = await createRefreshLines(context, { serverNames: started.map(({ serverName }) => serverName) })
  return Promise.all(started.map((each) => followRefresh(context, each, { lines })))
}

/** The exit code of refreshes: done if all have succeeded. */
export function exitCodeOfRefreshes(outcomes: readonly RefreshOutcome[]): ExitCode {
  return outcomes.every(({ refresh }) => refresh.status === 'SUCCEEDED') ? exitCodes.done : exitCodes.failed
}
