import { useQuery } from 'urql'
import { graphql } from './graphql.ts'

export const viewerQuery = graphql(`query Viewer { viewer { tenant keyId scopes } }`)

export type Scope = 'read' | 'run' | 'write' | 'admin'

/** Why this tab's key may not do something that needs a scope; undefined if it may, or while that is unknown. */
export function useMissingScope(scope: Scope): string | undefined {
  // The key of a tab does not change: a new one begins with an empty cache.
  const [{ data }] = useQuery({ query: viewerQuery, requestPolicy: 'cache-first' })
  if (!data || data.viewer.scopes.includes(scope)) return undefined
  return `This API key lacks the scope ${scope}`
}
