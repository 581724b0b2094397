import { useQuery } from 'urql'
import { graphql, type ResultOf } from './graphql.ts'

const viewerQuery = graphql(`query Viewer { viewer { tenant keyId scopes } }`)

export type Scope = 'read' | 'run' | 'write' | 'admin'

/** The key of this tab; undefined while that is unknown. */
export function useViewer(): ResultOf<typeof viewerQuery>['viewer'] | undefined {
  // The key of a tab does not change: a new one begins with an empty cache.
  const [{ data }] = useQuery({ query: viewerQuery, requestPolicy: 'cache-first' })
  return data?.viewer
}

/** Why this tab's key may not do something that needs one of the scopes; undefined if it may, or while that is unknown. */
export function useMissingScope(...scopes: readonly [Scope, ...Scope[]]): string | undefined {
  const viewer = useViewer()
  if (!viewer || scopes.some((scope) => viewer.scopes.includes(scope))) return undefined
  return `This API key lacks the scope ${scopes.join(' or ')}`
}
