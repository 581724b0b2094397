import { graphql, type ResultOf, type VariablesOf } from '../api/graphql.ts'
import { refusal } from '../api/refusal.ts'

export const importServers = graphql(
  `mutation ImportServers($input: ImportMcpServersInput!) {
    importMcpServers(input: $input) {
      __typename
      ... on ImportMcpServersPayload {
        detectedFormat
        entries {
          name
          outcome
          target
          ignored
          notes
          error { code message path }
          server { ... on McpServerBase { id name } }
        }
        requiredVariables { name description required secret default }
      }
      ...Refusal
    }
  }`,
  [refusal],
)
export type ImportInput = VariablesOf<typeof importServers>['input']
type Answer = NonNullable<ResultOf<typeof importServers>['importMcpServers']>
export type ImportReport = Extract<Answer, { __typename: 'ImportMcpServersPayload' }>
export type ImportEntry = ImportReport['entries'][number]
export type ImportVariable = ImportReport['requiredVariables'][number]
