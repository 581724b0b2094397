import type { OutputRef } from '@pothos/core'
import type { Page } from '@toolyard/core'
import { builder } from './builder.ts'

export interface Connection<Node> extends Omit<Page<Node>, 'edges'> {
  readonly edges: readonly (Page<Node>['edges'][number] & { readonly score?: number })[]
  /** Read only where it is asked for. */
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

/** A connection as the Relay specification has it, with `nodes` and `totalCount`. */
export function connectionType<Node>(
  name: string,
  node: () => OutputRef<Node>,
  options: { readonly countIsNullable?: boolean; readonly isRanked?: boolean } = {},
) {
  const Edge = builder.objectRef<Connection<Node>['edges'][number]>(`${name}Edge`)
  Edge.implement({
    fields: (t) => ({
      cursor: t.exposeString('cursor'),
      // Pothos cannot see that a value of the ref's own shape fits a ref that is a type parameter.
      node: t.field({ type: node() as OutputRef<unknown>, resolve: (edge) => edge.node as never }),
      ...(options.isRanked
        ? {
            score: t.float({
              nullable: true,
              description: 'how well it fits what was searched for: above 0, the higher the better; null elsewhere',
              resolve: ({ score }) => score ?? null,
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
/** A larger one is refused by the library. */
const maxPageSize = 100

/** What a connection costs: its page size times what is asked of each item. */
export function pageCost({
  first,
  last,
}: {
  readonly first?: number | null | undefined
  readonly last?: number | null | undefined
}) {
  return { field: 1, multiplier: Math.min(maxPageSize, Math.max(0, first ?? last ?? defaultPageSize)) }
}

/** Of a list that has no pages, and may be long. */
export const longListCost = { field: 1, multiplier: defaultPageSize }

export const emptyPage: Page<never> = {
  edges: [],
  pageInfo: { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null },
}

/** Arguments as the library takes them: what was not given, or given as null, is left out. */
export function given<T extends object>(args: T): { [K in keyof T]?: Exclude<T[K], null | undefined> } {
  // Dropping null and undefined members is what the type says.
  return Object.fromEntries(Object.entries(args).filter(([, value]) => value !== null && value !== undefined)) as never
}
