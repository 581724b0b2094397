import { type FragmentOf, graphql } from '../api/graphql.ts'

const toolRow = graphql(`
  fragment ToolRow on McpTool {
    id
    name
    title
    description
    enabled
    annotations { readOnlyHint destructiveHint }
    warnings { code }
    quarantine { kind }
    server { ... on McpServerBase { id name } }
  }
`)
export type ToolRow = FragmentOf<typeof toolRow>

export const toolPage = graphql(
  `query ToolPage($first: Int!, $after: String, $filter: McpToolFilter) {
    mcpTools(first: $first, after: $after, filter: $filter, orderBy: { field: NAME }) {
      nodes { ...ToolRow }
      totalCount
      pageInfo { hasNextPage endCursor }
    }
  }`,
  [toolRow],
)

export const toolSearch = graphql(
  `query ToolSearch($query: String!, $first: Int!, $after: String, $filter: McpToolFilter) {
    searchMcpTools(query: $query, first: $first, after: $after, filter: $filter) {
      nodes { ...ToolRow }
      totalCount
      pageInfo { hasNextPage endCursor }
    }
  }`,
  [toolRow],
)

export const toolById = graphql(
  `query ToolById($id: ID!) {
    mcpTool(by: { id: $id }) {
      ...ToolRow
      qualifiedName
      inputSchema
      outputSchema
      removedAt
      tags
      returnCharLimit
      annotations { idempotentHint openWorldHint }
      schemaHealth { status reasons }
      warnings { pointer message }
      approvalPolicy
      heldHints { digest }
      server { ... on McpServerBase { transport approvalPolicy variables { name required } } }
    }
  }`,
  [toolRow],
)

export const setToolEnabled = graphql(`
  mutation SetToolEnabled($id: ID!, $enabled: Boolean!) {
    setMcpTool(input: { id: $id, enabled: $enabled }) {
      __typename
      ... on SetMcpToolPayload { tool { id enabled } }
      ... on UserError { code message path }
    }
  }
`)

export const setToolPolicy = graphql(`
  mutation SetToolPolicy($id: ID!, $approvalPolicy: ToolApprovalPolicy) {
    setMcpTool(input: { id: $id, approvalPolicy: $approvalPolicy }) {
      __typename
      ... on SetMcpToolPayload { tool { id approvalPolicy } }
      ... on UserError { code message path }
    }
  }
`)
