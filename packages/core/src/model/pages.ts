import { invalidInput } from '../base/errors.ts'
import { decodeKey, encodeKey } from './cursors.ts'
import type { PageQuery, PageRows, SortKey } from './filters.ts'

const defaultPageSize = 50
const maxPageSize = 100

/** A page of a list; `first` with `after` walks forwards, `last` with `before` backwards. */
export interface ListOptions<Filter, Sort extends string> {
  /** 0 to 100. @default 50, unless `last` is given */
  readonly first?: number | undefined
  readonly after?: string | undefined
  /** 0 to 100. */
  readonly last?: number | undefined
  readonly before?: string | undefined
  readonly filter?: Filter | undefined
  readonly orderBy?: { readonly field: Sort; readonly direction?: 'ASC' | 'DESC' | undefined } | undefined
}

/** A page as specified by Relay cursor connections. */
export interface Page<Node> {
  readonly edges: readonly { readonly cursor: string; readonly node: Node }[]
  readonly pageInfo: {
    readonly hasNextPage: boolean
    readonly hasPreviousPage: boolean
    readonly startCursor: string | null
    readonly endCursor: string | null
  }
}

export interface PageRequest<Filter, Sort extends string, Row> {
  /** The query of the storage, for one row more than the page, to know if there is a next page. */
  readonly query: PageQuery<Filter, Sort>
  /** Makes the page of the rows from the storage. */
  readonly toPage: <Node>(rows: PageRows<Row>, toNode: (row: Row) => Node) => Page<Node>
}

/** The order of a list. */
export interface ListOrder<Sort extends string, Row> {
  /** Names the list in its cursors. */
  readonly name: string
  readonly defaultSort: Sort
  readonly defaultDirection: 'ASC' | 'DESC'
  readonly key: (row: Row, sort: Sort) => SortKey
}

/** Throws INVALID_INPUT unless it is a page size. */
export function checkSize(argument: 'first' | 'last', size: number): number {
  if (Number.isInteger(size) && size >= 0 && size <= maxPageSize) return size
  throw invalidInput([argument], `${argument}: expected a whole number from 0 to ${maxPageSize}, got ${size}`)
}

/** Checks the arguments of a list. Throws INVALID_INPUT with the argument as path. */
export function pageRequest<Filter, Sort extends string, Row>(
  order: ListOrder<Sort, Row>,
  emptyFilter: Filter,
  { first, after, last, before, filter, orderBy }: ListOptions<Filter, Sort>,
): PageRequest<Filter, Sort, Row> {
  if (first !== undefined && last !== undefined) {
    throw invalidInput(['last'], 'last: expected either first or last, got both')
  }
  const backwards = last !== undefined || (first === undefined && before !== undefined)
  if (backwards && after !== undefined)
    throw invalidInput(['after'], 'after: expected it with first, got it with last or before')
  if (!backwards && before !== undefined)
    throw invalidInput(['before'], 'before: expected it with last, got it with first')
  const size = backwards ? checkSize('last', last ?? defaultPageSize) : checkSize('first', first ?? defaultPageSize)
  const sort = orderBy?.field ?? order.defaultSort
  const direction = orderBy ? (orderBy.direction ?? 'ASC') : order.defaultDirection
  const scope = `${order.name}:${sort}`
  const bound = backwards ? before : after
  const beyond = bound === undefined ? undefined : decodeKey(scope, bound, backwards ? 'before' : 'after')
  const walk = backwards ? (direction === 'ASC' ? 'DESC' : 'ASC') : direction
  return {
    query: {
      filter: filter ?? emptyFilter,
      sort,
      direction: walk,
      limit: size + 1,
      mayEndEarly: true,
      ...(beyond ? { beyond } : {}),
    },
    toPage(rows, toNode) {
      const hasMore = rows.length > size || rows.endsEarly === true
      const shown = rows.slice(0, size)
      if (backwards) shown.reverse()
      const edges = shown.map((row) => ({ cursor: encodeKey(scope, order.key(row, sort)), node: toNode(row) }))
      return {
        edges,
        pageInfo: {
          // The row of the cursor is on the side that the walk came from (Relay, section 4.4, allows this answer).
          hasNextPage: backwards ? beyond !== undefined : hasMore,
          hasPreviousPage: backwards ? hasMore : beyond !== undefined,
          startCursor: edges[0]?.cursor ?? null,
          endCursor: edges.at(-1)?.cursor ?? null,
        },
      }
    },
  }
}
