import type { Operation } from '@toolyard/graphql/client'
import { type ConnectionState, type FollowedEvent, followEvents, GraphQLClientError } from '@toolyard/graphql/client'
import { graphql } from '@toolyard/graphql/client/documents'
import { CommandError, exitCodes } from '../base/command-error.ts'
import type { CommandContext } from '../command/command.ts'
import { payloadOf, refusal } from '../queries/exit-codes.ts'

const cancel = graphql(
  `mutation Cancel($input: CancelJobInput!) {
    cancelJob(input: $input) {
      __typename
      ... on JobActionPayload { job { id status } }
      ...Refusal
    }
  }`,
  [refusal],
)

/** How long a server may take to end a job that nobody wants any more. */
const cancelMs = 15_000

/** Asks for the end of a job, and waits for it; answers what it ended with. */
export async function cancelJob(
  client: CommandContext['client'],
  id: string,
  options: { readonly reason?: string; readonly signal?: AbortSignal } = {},
): Promise<string> {
  const { reason = 'interrupted at the command line', signal = AbortSignal.timeout(cancelMs) } = options
  const { cancelJob: result } = await client.request(cancel, { input: { id, reason } }, { signal })
  return payloadOf(result).job.status
}

export interface FollowJobOptions<Result, Variables> {
  readonly jobId: string
  readonly document: Operation<Result, Variables>
  readonly variables: Variables
  readonly isLast: (event: FollowedEvent<Result>) => boolean
  readonly onEvent: (event: FollowedEvent<Result>) => void
  readonly onConnection: (state: ConnectionState) => void
}

/**
 * Follows a job to its end, over lost connections too. When the command is asked to end, the job is cancelled, and still
 * followed until it has ended. Rejects with GraphQLClientError, and with CommandError where nobody knows the job any more.
 */
export async function followJob<Result extends object, Variables extends { readonly after?: string | null }>(
  { client, signal }: Pick<CommandContext, 'client' | 'signal'>,
  options: FollowJobOptions<Result, Variables>,
): Promise<void> {
  const { jobId, document, variables, isLast, onEvent, onConnection } = options
  // Not the command's signal: what it asks for has an end that is told.
  const ending = new AbortController()
  const cancelling = onceAborted(signal, ending.signal).then(async (isAborted) => {
    if (isAborted) await cancelJob(client, jobId)
  })
  cancelling.catch(() => ending.abort())
  let hasEnded = false
  try {
    const events = followEvents(client, document, variables, { isLast, signal: ending.signal, onConnection })
    for await (const event of events) {
      onEvent(event)
      hasEnded = isLast(event)
    }
  } catch (error) {
    if (error instanceof GraphQLClientError && error.code === 'NOT_FOUND') {
      throw new CommandError(exitCodes.failed, `What became of ${jobId} is not known: ${error.message}`, {
        cause: error,
      })
    }
    throw error
  } finally {
    ending.abort()
  }
  // Of a job whose end has been seen it does not matter whether the cancelling was answered.
  await (hasEnded ? cancelling.catch(() => undefined) : cancelling)
}

/** Whether `signal` came before `ending`. */
function onceAborted(signal: AbortSignal, ending: AbortSignal): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const onAbort = () => resolve(true)
  if (signal.aborted) onAbort()
  signal.addEventListener('abort', onAbort, { once: true })
  ending.addEventListener(
    'abort',
    () => {
      signal.removeEventListener('abort', onAbort)
      resolve(false)
    },
    { once: true },
  )
  return promise
}
