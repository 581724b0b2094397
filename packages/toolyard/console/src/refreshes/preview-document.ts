import { graphql, type ResultOf } from '../api/graphql.ts'
import { refusal } from '../api/refusal.ts'
import { differenceFields } from './difference-fields.ts'

export const previewRefresh = graphql(
  `mutation PreviewRefresh($input: PreviewMcpServerRefreshInput!) {
    previewMcpServerRefresh(input: $input) {
      __typename
      ... on PreviewMcpServerRefreshPayload {
        added { name }
        updated { tool { id name } changes { pointer before after } }
        deleted { id name }
        unchangedCount
        rejected { name reason }
        resources { ...DifferenceFields }
        resourceTemplates { ...DifferenceFields }
        prompts { ...DifferenceFields }
      }
      ...Refusal
      ... on McpError { stderrTail }
    }
  }`,
  [differenceFields, refusal],
)
type PreviewAnswer = NonNullable<ResultOf<typeof previewRefresh>['previewMcpServerRefresh']>
/** What a refresh would change now. */
export type RefreshPreview = Extract<PreviewAnswer, { __typename: 'PreviewMcpServerRefreshPayload' }>
