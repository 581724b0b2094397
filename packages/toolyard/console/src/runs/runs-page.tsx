import { Group, MultiSelect, Select, Stack } from '@mantine/core'
import { useMemo } from 'react'
import { PageHead } from '../app/page-head.tsx'
import { useUrlFilters } from '../app/url-filters.ts'
import { useServers } from '../live/live-context.tsx'
import { PausedRunsLink } from '../pauses/paused-runs-link.tsx'
import { runFilterNames, runFilterOf, spanOf, spanOptions, statusesOf } from './run-filters.ts'
import { RunList } from './run-list.tsx'
import { runStatuses, statusWords } from './run-statuses.ts'

/** All runs, filtered. The URL has the filters. */
export default function RunsPage() {
  const { rows } = useServers()
  const [values, setValue] = useUrlFilters(runFilterNames)
  const filter = useMemo(() => runFilterOf(values, Date.now()), [values])
  const statuses = statusesOf(values)
  return (
    <Stack gap="md">
      <PageHead title="Runs" />
      <PausedRunsLink />
      <Group gap="sm" align="flex-end">
        <MultiSelect
          label="Status"
          placeholder={statuses.length === 0 ? 'Any' : ''}
          data={runStatuses.map((value) => ({ value, label: statusWords(value) }))}
          value={[...statuses]}
          onChange={(chosen) => setValue('status', chosen.join(','))}
          clearable
          flex="2 1 10rem"
        />
        <Select
          label="Server"
          placeholder="Any"
          data={rows.map(({ id, name }) => ({ value: id, label: name.slice(0, 100) }))}
          value={values.server ?? null}
          onChange={(value) => setValue('server', value)}
          clearable
          searchable
          flex="1 1 8rem"
        />
        <Select
          label="Time"
          placeholder="Any"
          data={spanOptions}
          value={spanOf(values)}
          onChange={(value) => setValue('within', value)}
          clearable
          flex="1 1 8rem"
        />
      </Group>
      <RunList key={JSON.stringify(filter)} filter={filter} />
    </Stack>
  )
}
