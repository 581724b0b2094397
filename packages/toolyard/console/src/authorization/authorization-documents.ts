import { type FragmentOf, graphql } from '../api/graphql.ts'
import { refusal } from '../api/refusal.ts'

const oauthDetails = graphql(`
  fragment OAuthDetails on OAuthAuth {
    grant
    status
    reason
    issuer
    clientId
    clientRegistration
    scopes
    requestedScopes
    expiresAt
  }
`)
export type OAuthDetails = FragmentOf<typeof oauthDetails>

export const authorizationOf = graphql(
  `query AuthorizationOf($serverId: ID!) {
    mcpServer(by: { id: $serverId }) {
      __typename
      ... on StreamableHttpMcpServer { id auth { __typename ...OAuthDetails } }
      ... on SseMcpServer { id auth { __typename ...OAuthDetails } }
    }
  }`,
  [oauthDetails],
)

export const beginAuth = graphql(
  `mutation BeginAuth($serverId: ID!) {
    beginMcpAuth(input: { serverId: $serverId }) {
      __typename
      ... on BeginMcpAuthPayload { authorizationUrl }
      ...Refusal
    }
  }`,
  [refusal],
)

export const disconnectAuth = graphql(
  `mutation DisconnectAuth($serverId: ID!) {
    disconnectMcpAuth(input: { serverId: $serverId }) {
      __typename
      ... on CompleteMcpAuthPayload { server { ... on McpServerBase { id } } }
      ...Refusal
    }
  }`,
  [refusal],
)
