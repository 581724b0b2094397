import { graphql } from '@toolyard/graphql/client/documents'
import type { ResultOf } from 'gql.tada'
import type { CommandContext } from '../command/command.ts'
import { payloadOf, refusal } from '../queries/exit-codes.ts'

const decide = graphql(
  `mutation Decide($input: DecideToolRunInput!) {
    decideToolRun(input: $input) {
      __typename
      ... on JobActionPayload {
        job { id status ... on ToolRun { approval { decision decidedBy decidedAt reason } } }
      }
      ...Refusal
    }
  }`,
  [refusal],
)

type Payload = Extract<ResultOf<typeof decide>['decideToolRun'], { readonly __typename: 'JobActionPayload' }>
export type DecidedRun = Payload['job']

/** Decides a run that waits for an approval. Throws CommandError if the server refuses. */
export async function decideRun(
  { client, signal }: Pick<CommandContext, 'client' | 'signal'>,
  runId: string,
  decision: 'APPROVED' | 'REJECTED',
  reason?: string,
): Promise<DecidedRun> {
  const input = { runId, decision, ...(reason === undefined ? {} : { reason }) }
  return payloadOf((await client.request(decide, { input }, { signal })).decideToolRun).job
}
