import type { ConnectionState } from '@toolyard/graphql/client'
import type { CommandContext } from '../command/command.ts'
import { type Run, type RunEvent, runEventOf, runEvents } from '../queries/run-documents.ts'
import { followJob } from './follow-job.ts'

export interface FollowRunOptions {
  readonly onEvent: (event: RunEvent) => void
  readonly onConnection: (state: ConnectionState) => void
}

export function isLastOfRun({ __typename }: Pick<RunEvent, '__typename'>): boolean {
  return __typename === 'ToolRunFinished'
}

/** Follows a run to its end, and returns it. */
export async function followRun(context: CommandContext, runId: string, options: FollowRunOptions): Promise<Run> {
  const { onEvent, onConnection } = options
  let run: Run | undefined
  await followJob(context, {
    jobId: runId,
    document: runEvents,
    variables: { runId },
    isLast: isLastOfRun,
    onEvent(followed) {
      const event = runEventOf(followed)
      if (event.__typename === 'ToolRunFinished') run = event.run
      onEvent(event)
    },
    onConnection,
  })
  if (!run) throw new Error(`The events of ${runId} have ended without the last of them`)
  return run
}
