import type { FeatureId, FeatureRecord } from '../../../model/feature.ts'
import type { FeatureReads } from '../../storage.ts'
import type { SearchIndex } from '../indexing/search-index.ts'
import { IndexSearch } from './index-search.ts'
import type { TenantRows } from './tenant-rows.ts'

/** Search of resources, templates and prompts by the index of the database. */
export function createFeatureSearch(
  rows: TenantRows,
  searchIndex: SearchIndex,
  featuresOf: (ids: readonly FeatureId[]) => Promise<readonly FeatureRecord[]>,
): Pick<FeatureReads, 'search' | 'searchCount'> {
  const { pages } = rows
  const index = new IndexSearch(rows, {
    bringUpToDate: () => searchIndex.complete(rows.connection, 'features', rows.tenantId),
    hits: (...asked: Parameters<typeof pages.featureHits>) => pages.featureHits(...asked),
    hitCount: (...asked) => pages.featureHitCount(...asked),
    isRare: (expression, limit) => pages.isRare('feature_index', expression, limit),
    recordsOf: featuresOf,
  })
  return {
    search: async (search, limit, beyond) =>
      (await index.best(search, limit, beyond)).map(({ row, score }) => ({ feature: row, score })),
    searchCount: (search) => index.count(search),
  }
}
