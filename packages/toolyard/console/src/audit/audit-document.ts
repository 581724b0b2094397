import { graphql, type ResultOf, type VariablesOf } from '../api/graphql.ts'

export const auditPage = graphql(`
  query AuditPage($first: Int!, $after: String, $filter: AuditEventFilter) {
    auditEvents(first: $first, after: $after, filter: $filter) {
      nodes { id action actor at count fields refusedWith targetId targetName }
      totalCount
      pageInfo { hasNextPage endCursor }
    }
  }
`)
export type AuditRow = ResultOf<typeof auditPage>['auditEvents']['nodes'][number]
export type AuditFilter = NonNullable<VariablesOf<typeof auditPage>['filter']>
export type AuditAction = AuditRow['action']
