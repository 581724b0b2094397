import { graphql } from '@toolyard/graphql/client/documents'
import type { ResultOf } from 'gql.tada'
import { promptFields } from './features.ts'
import { toolFields } from './tools.ts'

// Without `annotations` of resources: those of tools have another shape.
export const searchQuery = graphql(
  `query Search($query: String!, $kinds: [McpKind!], $serverId: [ID!], $first: Int) {
    searchMcp(query: $query, kinds: $kinds, serverId: $serverId, first: $first) {
      edges {
        score
        node {
          __typename
          ...ToolFields
          ...PromptFields
          ... on McpResource { id uri name title description mimeType size server { ... on McpServerBase { id name } } }
          ... on McpResourceTemplate {
            id
            uriTemplate
            name
            title
            description
            mimeType
            server { ... on McpServerBase { id name } }
          }
        }
      }
      totalCount
    }
  }`,
  [toolFields, promptFields],
)
export type Found = ResultOf<typeof searchQuery>['searchMcp']['edges'][number]['node']
