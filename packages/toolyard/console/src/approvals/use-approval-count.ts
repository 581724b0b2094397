import { useApiQuery } from '../api/use-api-query.ts'
import { approvalCount, changesApprovals } from './approval-documents.ts'

/** The number of definitions pending approval. */
export function useApprovalCount(): number | undefined {
  const { data } = useApiQuery({ query: approvalCount, variables: {}, isOldAfter: changesApprovals })
  return data?.mcpTools.totalCount
}
