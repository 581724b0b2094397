import { parseId, type ServerId } from '../base/ids.ts'
import { type FeatureIds, type FeatureKind, type FeatureRecord, isKind } from '../model/feature.ts'
import type { FeatureFilter, FeatureSort, PageRows } from '../model/filters.ts'
import { type ListOptions, type ListOrder, type Page, pageRequest } from '../model/pages.ts'
import type { TenantStorage } from '../storage/storage.ts'

/** The reads that resources, templates and prompts share. */
export interface FeatureQueries<View, Filter> {
  /** The definitions with these ids, by id; ids without one are left out. */
  getMany(ids: readonly string[]): Promise<ReadonlyMap<string, View>>
  /**
   * A page, by name.
   *
   * @throws INVALID_INPUT for a page size out of range, or a cursor of another list
   */
  list(options?: ListOptions<Filter, FeatureSort>): Promise<Page<View>>
  count(filter?: Filter): Promise<number>
  /**
   * The page that `list` would answer for each server, in one read.
   *
   * @throws INVALID_INPUT as `list`
   */
  listByServer(
    serverIds: readonly string[],
    options?: ListOptions<Filter, FeatureSort>,
  ): Promise<ReadonlyMap<string, Page<View>>>
  /** The number that `count` would answer for each server, in one read. */
  countByServer(serverIds: readonly string[], filter?: Filter): Promise<ReadonlyMap<string, number>>
}

export interface FeatureQueriesOptions<Kind extends FeatureKind, View, Filter> {
  readonly kind: Kind
  readonly idKind: 'resource' | 'resourceTemplate' | 'prompt'
  /** Names the list in its cursors. */
  readonly name: string
  readonly toFilter: (filter: Filter) => Omit<FeatureFilter, 'kind'>
  readonly emptyFilter: Filter
  readonly toView: (record: FeatureRecord<Kind>) => View
}

const serverIdsOf = (ids: readonly string[]) => ids.flatMap((id) => parseId('server', id) ?? [])

export function createFeatureQueries<Kind extends FeatureKind, View, Filter>(
  { features }: Pick<TenantStorage, 'features'>,
  { kind, idKind, name, toFilter, emptyFilter, toView }: FeatureQueriesOptions<Kind, View, Filter>,
): FeatureQueries<View, Filter> {
  const isOfKind = isKind(kind)
  const order: ListOrder<FeatureSort, FeatureRecord> = {
    name,
    defaultSort: 'NAME',
    defaultDirection: 'ASC',
    key: ({ id, definition }) => ({ id, value: definition.name }),
  }
  const filterOf = (filter: Filter = emptyFilter): FeatureFilter => ({ ...toFilter(filter), kind })

  function request({ filter, ...options }: ListOptions<Filter, FeatureSort>) {
    const { query, toPage } = pageRequest(order, filterOf(), { ...options, filter: filterOf(filter) })
    const pageOf = (rows: PageRows<FeatureRecord>): Page<View> => {
      const page = toPage(rows, (record) => record)
      // The filter lets this kind pass alone.
      return {
        ...page,
        edges: page.edges.flatMap(({ cursor, node }) => (isOfKind(node) ? [{ cursor, node: toView(node) }] : [])),
      }
    }
    return { query, pageOf }
  }

  return {
    async getMany(ids) {
      // parseId answers the id of the kind that belongs to this one.
      const wanted = ids.flatMap((id) => (parseId(idKind, id) as FeatureIds[Kind] | undefined) ?? [])
      const records = await features.getMany(wanted)
      return new Map(records.filter(isOfKind).map((record) => [record.id, toView(record)]))
    },
    async list(options = {}) {
      const { query, pageOf } = request(options)
      return pageOf(await features.page(query))
    },
    count: (filter) => features.count(filterOf(filter)),
    async listByServer(ids, options = {}) {
      const { query, pageOf } = request(options)
      const serverIds = serverIdsOf(ids)
      const groups: ReadonlyMap<ServerId, readonly FeatureRecord[]> = await features.pageByServer(serverIds, query)
      return new Map(serverIds.map((id) => [id, pageOf(groups.get(id) ?? [])]))
    },
    countByServer: (ids, filter) => features.countByServer(serverIdsOf(ids), filterOf(filter)),
  }
}
