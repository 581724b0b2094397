import { type FragmentOf, graphql, type VariablesOf } from '../api/graphql.ts'
import { refusal } from '../api/refusal.ts'

/** What the server of a run asks for. */
export const askedInput = graphql(`
  fragment AskedInput on InputRequest {
    __typename
    ... on ElicitationFormRequest { key message requestedSchema expiresAt }
    ... on ElicitationUrlRequest { key message url expiresAt }
    ... on SamplingRequest { key params expiresAt }
  }
`)
export type AskedInput = FragmentOf<typeof askedInput>
export type AskedForm = Extract<AskedInput, { __typename: 'ElicitationFormRequest' }>
export type AskedUrl = Extract<AskedInput, { __typename: 'ElicitationUrlRequest' }>
export type AskedSampling = Extract<AskedInput, { __typename: 'SamplingRequest' }>

export const answerRun = graphql(
  `mutation AnswerRun($input: AnswerToolRunInputInput!) {
    answerToolRunInput(input: $input) {
      __typename
      ... on JobActionPayload { job { id status } }
      ... on ToolArgsError { issues { pointer keyword message } }
      ...Refusal
    }
  }`,
  [refusal],
)
export type InputResponse = VariablesOf<typeof answerRun>['input']['responses'][number]
export type AnswerAction = InputResponse['action']
