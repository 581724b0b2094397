import { GraphQLClientError } from '../client/answer.ts'
import { graphql } from '../client/document.ts'
import { type ConnectionState, followEvents } from '../client/follow-events.ts'
import type { SubscribeOptions } from '../client/graphql-client.ts'
import type { CommandContext } from './command.ts'
import { CommandError, exitCodes } from './command-error.ts'
import { payloadOf, refusal } from './refusals.ts'

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

export interface FollowJobOptions<Event> {
  readonly jobId: string
  readonly subscribe: (after: string | undefined, options: SubscribeOptions) => AsyncIterable<Event>
  readonly isLast: (event: Event) => boolean
  readonly onEvent: (event: Event) => void
  readonly onConnection: (state: ConnectionState) => void
}

/**
 * Follows a job to its end, over lost connections too. When the command is asked to end, the job is cancelled, and still
 * followed until it has ended. Rejects with GraphQLClientError, and with CommandError where nobody knows the job any more.
 */
export async function followJob<Event extends { readonly cursor: string }>(
  { client, signal }: Pick<CommandContext, 'client' | 'signal'>,
  options: FollowJobOptions<Event>,
): Promise<void> {
  const { jobId, subscribe, isLast, onEvent, onConnection } = options
  // Not the command's signal: what it asks for has an end that is told.
  const ending = new AbortController()
  const cancelling = onceAborted(signal, ending.signal).then(async (isAborted) => {
    if (isAborted) await cancelJob(client, jobId)
  })
  cancelling.catch(() => ending.abort())
  let hasEnded = false
  try {
    const events = followEvents<Event>({
      subscribe: (after, onOpen) => subscribe(after, { signal: ending.signal, onOpen }),
      cursorOf: ({ cursor }) => cursor,
      isLast,
      signal: ending.signal,
      onConnection,
    })
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
    // The cancelling has failed, which says more than that the stream was ended for it.
    if (!ending.signal.aborted) throw error
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
