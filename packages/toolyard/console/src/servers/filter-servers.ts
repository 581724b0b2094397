import type { UrlFilters } from '../app/url-filters.ts'
import type { ServerRow } from '../live/feed-document.ts'

export const serverFilterNames = ['q', 'status', 'label'] as const
export type ServerFilterName = (typeof serverFilterNames)[number]
export type ServerFilterValues = UrlFilters<ServerFilterName>

/** The rows that fit all filters. */
export function filtered(
  rows: readonly ServerRow[],
  { q = '', status, label }: ServerFilterValues,
): readonly ServerRow[] {
  const words = q.trim().toLowerCase()
  return rows.filter(
    (row) =>
      row.name.toLowerCase().includes(words) &&
      (status === undefined || row.status === status) &&
      (label === undefined || row.labels.includes(label)),
  )
}
