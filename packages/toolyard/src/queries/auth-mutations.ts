import { graphql } from '@toolyard/graphql/client/documents'
import { serverFields } from './documents.ts'
import { refusal } from './exit-codes.ts'

export const beginAuthMutation = graphql(
  `mutation BeginAuth($input: BeginMcpAuthInput!) {
    beginMcpAuth(input: $input) {
      __typename
      ... on BeginMcpAuthPayload { authorizationUrl state expiresAt }
      ...Refusal
    }
  }`,
  [refusal],
)
export const completeAuthMutation = graphql(
  `mutation CompleteAuth($input: CompleteMcpAuthInput!) {
    completeMcpAuth(input: $input) {
      __typename
      ... on CompleteMcpAuthPayload {
        server { ...ServerFields ... on McpServerBase { latestRefresh { id } } }
      }
      ...Refusal
    }
  }`,
  [serverFields, refusal],
)
export const checkAuthMutation = graphql(
  `mutation CheckAuth($input: CheckMcpAuthInput!) {
    checkMcpAuth(input: $input) {
      __typename
      ... on CheckMcpAuthPayload { issuer metadataMs missingScopes isRenewable }
      ...Refusal
    }
  }`,
  [refusal],
)
export const disconnectAuthMutation = graphql(
  `mutation DisconnectAuth($input: DisconnectMcpAuthInput!) {
    disconnectMcpAuth(input: $input) {
      __typename
      ... on CompleteMcpAuthPayload { server { ...ServerFields } }
      ...Refusal
    }
  }`,
  [serverFields, refusal],
)
