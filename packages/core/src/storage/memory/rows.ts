import type { PageQuery, SortKey } from '../../model/filters.ts'
import { compareKeys } from '../matches.ts'

export function page<Row, Filter, Sort extends string>(
  rows: Iterable<Row>,
  query: PageQuery<Filter, Sort>,
  matches: (filter: Filter, row: Row) => boolean,
  key: (row: Row, sort: Sort) => SortKey,
): readonly Row[] {
  const sign = query.direction === 'ASC' ? 1 : -1
  const { beyond } = query
  return [...rows]
    .filter((row) => matches(query.filter, row) && (!beyond || sign * compareKeys(key(row, query.sort), beyond) > 0))
    .sort((a, b) => sign * compareKeys(key(a, query.sort), key(b, query.sort)))
    .slice(0, query.limit)
}

/** The rows of each of the ids that has some. */
export function grouped<Id extends string, Row>(
  ids: readonly Id[],
  rows: Iterable<Row>,
  idOf: (row: Row) => Id,
): ReadonlyMap<Id, readonly Row[]> {
  const wanted = new Set(ids)
  return Map.groupBy(
    [...rows].filter((row) => wanted.has(idOf(row))),
    idOf,
  )
}

export function mapValues<K, From, To>(
  map: ReadonlyMap<K, From>,
  to: (value: From) => To,
  keep: (value: To) => boolean = () => true,
): ReadonlyMap<K, To> {
  return new Map([...map].map(([key, value]) => [key, to(value)] as const).filter(([, value]) => keep(value)))
}

export const isNotEmpty = (rows: readonly unknown[]): boolean => rows.length > 0

export const isPositive = (count: number): boolean => count > 0

/** Each row once. */
export function getMany<Id, Row>(map: ReadonlyMap<Id, Row>, ids: readonly Id[]): readonly Row[] {
  return [...new Set(ids)].flatMap((id) => map.get(id) ?? [])
}
