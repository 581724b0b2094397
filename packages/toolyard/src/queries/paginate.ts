/** A page of a connection, as documents ask for it. */
export interface PageOf<Node> {
  readonly nodes: readonly Node[]
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null }
}

/** Nodes of a page: the maximum that the API allows. */
export const pageSize = 100

/** Yields the nodes of all pages, or the first `limit` of them. */
export async function* everyNode<Node>(
  read: (page: { readonly first: number; readonly after: string | null }) => Promise<PageOf<Node>>,
  limit = Number.POSITIVE_INFINITY,
): AsyncGenerator<Node, void, undefined> {
  let after: string | null = null
  for (let left = limit; left > 0; ) {
    const { nodes, pageInfo }: PageOf<Node> = await read({ first: Math.min(pageSize, left), after })
    yield* nodes
    left -= nodes.length
    if (!pageInfo.hasNextPage) return
    after = pageInfo.endCursor
  }
}
