import { graphql } from '@toolyard/graphql/client/documents'
import type { ResultOf, VariablesOf } from 'gql.tada'
import { UsageError } from '../base/command-error.ts'
import type { CommandContext } from '../command/command.ts'
import { payloadOf, refusal } from '../queries/exit-codes.ts'
import { askedInput } from '../queries/run-documents.ts'

const answer = graphql(
  `mutation Answer($input: AnswerToolRunInputInput!) {
    answerToolRunInput(input: $input) {
      __typename
      ... on JobActionPayload {
        job { id status ... on ToolRun { inputRound pendingInput { ...AskedInput } } }
      }
      ... on ToolArgsError { issues { pointer message } }
      ...Refusal
    }
  }`,
  [refusal, askedInput],
)

type Answered = NonNullable<ResultOf<typeof answer>['answerToolRunInput']>
type Payload = Extract<Answered, { readonly __typename: 'JobActionPayload' }>
export type AnsweredRun = Payload['job']
export type InputResponse = VariablesOf<typeof answer>['input']['responses'][number]
type Issues = Extract<Answered, { readonly __typename: 'ToolArgsError' }>['issues']

/** The content of an answer does not fit what was asked for. The run waits on. */
export class UnfitAnswerError extends UsageError {
  readonly issues: Issues

  constructor(message: string, issues: Issues) {
    super(message)
    this.issues = issues
  }
}

/** Answers what the server of a run asks for. Throws UnfitAnswerError, and CommandError if the server refuses. */
export async function answerRun(
  { client, signal }: Pick<CommandContext, 'client' | 'signal'>,
  runId: string,
  responses: readonly InputResponse[],
): Promise<AnsweredRun> {
  const input = { runId, responses: [...responses] }
  const { answerToolRunInput: result } = await client.request(answer, { input }, { signal })
  if (result?.__typename === 'ToolArgsError') {
    throw new UnfitAnswerError(`${result.message}; the run waits on`, result.issues)
  }
  return payloadOf(result).job
}
