import type { UrlFilters } from '../app/url-filters.ts'
import type { RunStatus } from './run-documents.ts'
import type { RunFilter } from './run-list.tsx'
import { runStatuses } from './run-statuses.ts'

export const runFilterNames = ['status', 'server', 'within'] as const
export type RunFilterValues = UrlFilters<(typeof runFilterNames)[number]>

const hourMs = 3_600_000
/** Spans of time, by their name in the URL. */
const spans = {
  hour: { ms: hourMs, label: 'Last hour' },
  day: { ms: 24 * hourMs, label: 'Last 24 hours' },
  week: { ms: 7 * 24 * hourMs, label: 'Last 7 days' },
} as const
type Span = keyof typeof spans

const isSpan = (name: string): name is Span => Object.hasOwn(spans, name)

/** Offered spans of time. */
export const spanOptions = Object.entries(spans).map(([value, { label }]) => ({ value, label }))

export const spanOf = ({ within }: RunFilterValues): Span | null =>
  within !== undefined && isSpan(within) ? within : null

/** The statuses that an address names, separated by commas. Unknown names are left out. */
export function statusesOf({ status = '' }: RunFilterValues): readonly RunStatus[] {
  const named = new Set(status.split(','))
  return runStatuses.filter((each) => named.has(each))
}

/** What the API is asked for. */
export function runFilterOf(values: RunFilterValues, nowMs: number): RunFilter {
  const statuses = statusesOf(values)
  const span = spanOf(values)
  return {
    ...(statuses.length > 0 ? { status: [...statuses] } : {}),
    ...(values.server === undefined ? {} : { serverId: [values.server] }),
    ...(span === null ? {} : { createdAt: { gte: new Date(nowMs - spans[span].ms).toISOString() } }),
  }
}
