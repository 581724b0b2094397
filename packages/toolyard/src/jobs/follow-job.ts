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

/** Time for a server to end a cancelled job, in ms. */
const cancelMs = 15_000

/** Cancels a job, and waits for its end; returns its last status. */
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
 * Follows a job to its end, across lost connections. If the command is interrupted, cancels the job, and follows it
 * until it has ended. Rejects with GraphQLClientError, and with CommandError if the server no longer knows the job.
 */
export async function followJob<Result extends object, Variables extends { readonly after?: string | null }>(
  { client, signal }: Pick<CommandContext, 'client' | 'signal'>,
  options: FollowJobOptions<Result, Variables>,
): Promise<void> {
  const { jobId, document, variables, isLast, onEvent, onConnection } = options
  // Not the signal of the command: the job that it cancels still has a last event.
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
      throw new CommandError(exitCodes.failed, `The outcome of ${jobId} is unknown: ${error.message}`, {
        cause: error,
      })
    }
    throw error
  } finally {
    ending.abort()
  }
  // Once the job has ended, it does not matter whether the cancellation was answered.
  await (hasEnded ? cancelling.catch(() => undefined) : cancelling)
}

/** Resolves with whether `signal` aborted before `ending`. */
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
