import { graphql } from '@toolyard/graphql/client/documents'
import type { ResultOf } from 'gql.tada'

/** The fields of a server that commands print. */
export const serverFields = graphql(`
  fragment ServerFields on McpServer {
    __typename
    ... on McpServerBase {
      id
      name
      transport
      description
      enabled
      labels
      status
      health { checkedAt latencyMs consecutiveFailures lastError { code message authentication stderrTail } }
      protocolEra
      protocolEraPolicy
      protocolVersion
      serverInfo { name title version }
      timeouts { connectMs requestMs maxTotalMs }
      refreshIntervalMs
      toolChangePolicy
      approvalPolicy
      inputPolicy
      revision
      createdAt
      updatedAt
      tools(first: 1) { totalCount }
    }
    ... on StdioMcpServer { command args cwd env { ...Secret } }
    ... on SseMcpServer { serverUrl auth { ...Auth } customHeaders { ...Secret } }
    ... on StreamableHttpMcpServer { serverUrl auth { ...Auth } customHeaders { ...Secret } }
  }
  fragment Secret on SecretEntry { name isSet source reference hint }
  fragment Auth on McpAuth {
    __typename
    ... on HeaderAuth { header token { ...Secret } }
    ... on OAuthAuth { grant status reason issuer clientId clientRegistration scopes requestedScopes expiresAt }
  }
`)
export type ServerFields = ResultOf<typeof serverFields>
