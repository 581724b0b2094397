import { graphql, type ResultOf } from '../api/graphql.ts'

export const paletteSearch = graphql(`
  query PaletteSearch($query: String!) {
    searchMcp(query: $query, first: 12) {
      nodes {
        __typename
        ... on McpTool { id name server { ... on McpServerBase { id name } } }
        ... on McpResource { id name uri server { ... on McpServerBase { id name } } }
        ... on McpResourceTemplate { id name uriTemplate server { ... on McpServerBase { id name } } }
        ... on McpPrompt { id name server { ... on McpServerBase { id name } } }
      }
    }
  }
`)
export type Found = ResultOf<typeof paletteSearch>['searchMcp']['nodes'][number]

export const recentRuns = graphql(`
  query RecentRuns {
    toolRuns(first: 50) { nodes { id status serverName toolName createdAt } }
  }
`)
export type RecentRun = ResultOf<typeof recentRuns>['toolRuns']['nodes'][number]
