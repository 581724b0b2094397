import { type FragmentOf, graphql } from '../api/graphql.ts'

export const differenceFields = graphql(`
  fragment DifferenceFields on McpListDifference {
    added
    addedCount
    updated
    updatedCount
    deleted
    deletedCount
    rejected { name reason }
    error { code message }
  }
`)
export type ListDifference = FragmentOf<typeof differenceFields>
