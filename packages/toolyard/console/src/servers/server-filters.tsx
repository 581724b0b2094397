import { Group, Select, TextInput } from '@mantine/core'
import { Icon } from '../app/icons.tsx'
import type { ServerRow } from '../live/feed-document.ts'
import type { ServerFilterName, ServerFilterValues } from './filter-servers.ts'
import { serverStatuses, statusName } from './server-status.tsx'

interface ServerFiltersProps {
  readonly rows: readonly ServerRow[]
  readonly filters: ServerFilterValues
  readonly onChange: (name: ServerFilterName, value: string | null) => void
}

/** Fields to filter servers by name, status and label. Offers only what there is. */
export default function ServerFilters({ rows, filters, onChange }: ServerFiltersProps) {
  const statuses = serverStatuses.filter(
    (each) => each === filters.status || rows.some(({ status }) => status === each),
  )
  const labels = [...new Set([...rows.flatMap((row) => row.labels), filters.label ?? ''])].filter((each) => each !== '')
  return (
    <Group gap="sm">
      <TextInput
        aria-label="Filter by name"
        placeholder="Filter by name"
        value={filters.q ?? ''}
        onChange={({ currentTarget }) => onChange('q', currentTarget.value)}
        leftSection={<Icon name="search" size={16} />}
        data-page-search
        flex="3 1 10rem"
      />
      <Select
        aria-label="Filter by status"
        placeholder="Any status"
        data={statuses.map((value) => ({ value, label: statusName(value) }))}
        value={filters.status ?? null}
        onChange={(value) => onChange('status', value)}
        clearable
        flex="1 1 8rem"
      />
      {labels.length > 0 && (
        <Select
          aria-label="Filter by label"
          placeholder="Any label"
          data={labels.sort()}
          value={filters.label ?? null}
          onChange={(value) => onChange('label', value)}
          clearable
          searchable
          flex="1 1 8rem"
        />
      )}
    </Group>
  )
}
