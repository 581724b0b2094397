import { type FragmentOf, graphql } from '../api/graphql.ts'
import { refusal } from '../api/refusal.ts'
import { serverRow } from '../live/feed-document.ts'

/** All fields of a server, except its tools. */
const serverDetails = graphql(
  `fragment ServerDetails on McpServer {
    ...ServerRow
    ... on McpServerBase {
      instructions
      protocolEra
      protocolEraPolicy
      protocolVersion
      refreshIntervalMs
      health { lastError { systemCode httpStatus stderrTail } }
      toolChangePolicy
      approvalPolicy
      inputPolicy
      variables { name required }
      serverInfo { name title version }
      timeouts { connectMs requestMs maxTotalMs }
      resources(first: 1) { totalCount }
      resourceTemplates(first: 1) { totalCount }
      prompts(first: 1) { totalCount }
      createdAt
      updatedAt
    }
    ... on StdioMcpServer { command args cwd env { name isSet hint source reference } }
    ... on StreamableHttpMcpServer {
      serverUrl
      customHeaders { name isSet hint source reference }
      auth {
        __typename
        ... on HeaderAuth { header token { name isSet hint source reference } }
        ... on OAuthAuth { status reason grant clientId clientRegistration }
      }
    }
    ... on SseMcpServer {
      serverUrl
      customHeaders { name isSet hint source reference }
      auth {
        __typename
        ... on HeaderAuth { header token { name isSet hint source reference } }
        ... on OAuthAuth { status reason grant clientId clientRegistration }
      }
    }
  }`,
  [serverRow],
)
export type ServerDetails = FragmentOf<typeof serverDetails>

export const serverById = graphql(`query ServerById($id: ID!) { mcpServer(by: { id: $id }) { ...ServerDetails } }`, [
  serverDetails,
])

export const deleteServer = graphql(
  `mutation DeleteServer($id: ID!) {
    deleteMcpServer(input: { id: $id }) {
      __typename
      ... on DeleteMcpServerPayload { deletedServerId }
      ...Refusal
    }
  }`,
  [refusal],
)

export const createServer = graphql(
  `mutation CreateServer($input: CreateMcpServerInput!) {
    createMcpServer(input: $input) {
      __typename
      ... on CreateMcpServerPayload { server { ...ServerRow } refresh { id } }
      ...Refusal
    }
  }`,
  [refusal, serverRow],
)

export const updateServer = graphql(
  `mutation UpdateServer($input: UpdateMcpServerInput!) {
    updateMcpServer(input: $input) {
      __typename
      ... on UpdateMcpServerPayload { changed server { ...ServerDetails } }
      ...Refusal
    }
  }`,
  [refusal, serverDetails],
)
