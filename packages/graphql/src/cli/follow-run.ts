import type { ConnectionState } from '../client/follow-events.ts'
import type { GraphQLClient, SubscribeOptions } from '../client/graphql-client.ts'
import type { CommandContext } from './command.ts'
import { followJob } from './follow-job.ts'
import { type Run, type RunEvent, runEventOf, runEvents } from './run-documents.ts'

export interface FollowRunOptions {
  readonly onEvent: (event: RunEvent) => void
  readonly onConnection: (state: ConnectionState) => void
}

/** The events of a run behind a cursor, over one connection. */
export async function* readRunEvents(
  client: GraphQLClient,
  runId: string,
  after: string | undefined,
  options: SubscribeOptions,
): AsyncGenerator<RunEvent, void, undefined> {
  const variables = { runId, ...(after === undefined ? {} : { after }) }
  for await (const { toolRunEvents } of client.subscribe(runEvents, variables, options)) {
    yield runEventOf(toolRunEvents)
  }
}

export function isLastOfRun({ __typename }: RunEvent): boolean {
  return __typename === 'ToolRunFinished'
}

/** Follows a run to its end, and answers it as it then is. */
export async function followRun(context: CommandContext, runId: string, options: FollowRunOptions): Promise<Run> {
  const { onEvent, onConnection } = options
  const { client } = context
  let run: Run | undefined
  await followJob<RunEvent>(context, {
    jobId: runId,
    subscribe: (after, connection) => readRunEvents(client, runId, after, connection),
    isLast: isLastOfRun,
    onEvent(event) {
      if (event.__typename === 'ToolRunFinished') run = event.run
      onEvent(event)
    },
    onConnection,
  })
  if (!run) throw new Error(`The events of ${runId} have ended without the last of them`)
  return run
}
