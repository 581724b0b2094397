import type { OutputRef } from '@pothos/core'
import type { Page } from '@toolyard/core'
import { builder } from './builder.ts'

export interface Connection<Node> extends Omit<Page<Node>, 'edges'> {
  readonly edges: readonly (Page<Node>['edges'][number] & { readonly score?: number })[]
  /** Called only if the operation selects it. */
  readonly totalCount: () => Promise<number>
}

export const PageInfo = builder.objectRef<Page<unknown>['pageInfo']>('PageInfo').implement({
  fields: (t) => ({
    hasNextPage: t.exposeBoolean('hasNextPage'),
    hasPreviousPage: t.exposeBoolean('hasPreviousPage'),
    startCursor: t.exposeString('startCursor', { nullable: true }),
    endCursor: t.exposeString('endCursor', { nullable: true }),
  }),
})

/** Builds a connection of the Relay specification, with `nodes` and `totalCount`. */
export function connectionType<Node>(
  name: string,
  node: () => OutputRef<Node>,
  options: { readonly countIsNullable?: boolean; readonly ranked?: 'IN_SEARCHES' | 'ALWAYS' } = {},
) {
  const Edge = builder.objectRef<Connection<Node>['edges'][number]>(`${name}Edge`)
  Edge.implement({
    fields: (t) => ({
      cursor: t.exposeString('cursor'),
      // Pothos cannot see that a value of the ref's own shape fits a ref that is a type parameter.
      node: t.field({ type: node() as OutputRef<unknown>, resolve: (edge) => edge.node as never }),
      ...(options.ranked === 'IN_SEARCHES'
        ? {
            score: t.float({
              nullable: true,
              description: 'Relevance in a search: above 0, higher is better; null in other connections',
              resolve: ({ score }) => score ?? null,
            }),
          }
        : {}),
      ...(options.ranked === 'ALWAYS'
        ? {
            score: t.float({
              description: 'Relevance: above 0, higher is better, whatever the kind',
              resolve: ({ score }) => score ?? 0,
            }),
          }
        : {}),
    }),
  })
  const type = builder.objectRef<Connection<Node>>(`${name}Connection`)
  type.implement({
    fields: (t) => ({
      edges: t.field({ type: [Edge], resolve: ({ edges }) => [...edges] }),
      // As above.
      nodes: t.field({
        type: [node() as OutputRef<unknown>],
        resolve: ({ edges }) => edges.map((edge) => edge.node) as never,
      }),
      pageInfo: t.field({ type: PageInfo, resolve: ({ pageInfo }) => pageInfo }),
      totalCount: t.int({ nullable: options.countIsNullable ?? false, resolve: ({ totalCount }) => totalCount() }),
    }),
  })
  return type
}

const defaultPageSize = 50
/** Largest page size: the registry refuses larger ones. */
const maxPageSize = 100

/** Returns the cost of a connection: its page size times the cost of an item. */
export function pageCost({
  first,
  last,
}: {
  readonly first?: number | null | undefined
  readonly last?: number | null | undefined
}) {
  return { field: 1, multiplier: Math.min(maxPageSize, Math.max(0, first ?? last ?? defaultPageSize)) }
}

/** Cost of a long list without pages. */
export const longListCost = { field: 1, multiplier: defaultPageSize }

export const emptyPage: Page<never> = {
  edges: [],
  pageInfo: { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null },
}

/** Drops null and undefined members, which the registry takes as missing ones only. */
export function given<T extends object>(args: T): { [K in keyof T]?: Exclude<T[K], null | undefined> } {
  // The type says the same as the filter.
  return Object.fromEntries(Object.entries(args).filter(([, value]) => value !== null && value !== undefined)) as never
}
