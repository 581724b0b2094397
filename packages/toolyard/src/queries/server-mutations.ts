import { graphql } from '@toolyard/graphql/client/documents'
import type { VariablesOf } from 'gql.tada'
import { serverFields } from './documents.ts'
import { refusal } from './exit-codes.ts'

export const createMutation = graphql(
  `mutation CreateServer($input: CreateMcpServerInput!) {
    createMcpServer(input: $input) {
      __typename
      ... on CreateMcpServerPayload { server { ...ServerFields } refresh { id } }
      ...Refusal
    }
  }`,
  [serverFields, refusal],
)
export const updateMutation = graphql(
  `mutation UpdateServer($input: UpdateMcpServerInput!) {
    updateMcpServer(input: $input) {
      __typename
      ... on UpdateMcpServerPayload { server { ...ServerFields } changed }
      ...Refusal
    }
  }`,
  [serverFields, refusal],
)

export type ConfigInput = VariablesOf<typeof createMutation>['input']['config']
export type ConfigPatch = NonNullable<VariablesOf<typeof updateMutation>['input']['config']>
type AuthInput = NonNullable<Extract<ConfigInput, { readonly sse: unknown }>['sse']['auth']>
export type OAuthConfigInput = Extract<AuthInput, { readonly oauth: unknown }>['oauth']
