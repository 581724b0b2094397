import { Group, MultiSelect, Select, Stack } from '@mantine/core'
import { useMemo, useState } from 'react'
import { PageHead } from '../app/page-head.tsx'
import { useServers } from '../live/live-context.tsx'
import { PausedRunsLink } from '../pauses/paused-runs-link.tsx'
import type { RunStatus } from './run-documents.ts'
import { type RunFilter, RunList } from './run-list.tsx'
import { runStatuses, statusWords } from './run-status.tsx'

const hourMs = 3_600_000
const times = [
  { value: String(hourMs), label: 'Last hour' },
  { value: String(24 * hourMs), label: 'Last 24 hours' },
  { value: String(7 * 24 * hourMs), label: 'Last 7 days' },
]

export default function RunsPage() {
  const { rows } = useServers()
  const [statuses, setStatuses] = useState<readonly RunStatus[]>([])
  const [serverId, setServerId] = useState<string | null>(null)
  const [withinMs, setWithinMs] = useState<string | null>(null)
  const filter = useMemo<RunFilter>(
    () => ({
      ...(statuses.length > 0 ? { status: [...statuses] } : {}),
      ...(serverId === null ? {} : { serverId: [serverId] }),
      ...(withinMs === null ? {} : { createdAt: { gte: new Date(Date.now() - Number(withinMs)).toISOString() } }),
    }),
    [statuses, serverId, withinMs],
  )
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
          onChange={(values) => setStatuses(runStatuses.filter((status) => values.includes(status)))}
          clearable
          flex="2 1 14rem"
        />
        <Select
          label="Server"
          placeholder="Any"
          data={rows.map(({ id, name }) => ({ value: id, label: name.slice(0, 100) }))}
          value={serverId}
          onChange={setServerId}
          clearable
          searchable
          flex="1 1 10rem"
        />
        <Select
          label="Time"
          placeholder="Any"
          data={times}
          value={withinMs}
          onChange={setWithinMs}
          clearable
          flex="1 1 10rem"
        />
      </Group>
      <RunList key={JSON.stringify(filter)} filter={filter} />
    </Stack>
  )
}
