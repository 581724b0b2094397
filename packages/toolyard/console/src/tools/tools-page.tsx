import { Group, Select, Stack, Switch, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { Icon } from '../app/icons.tsx'
import { PageHead } from '../app/page-head.tsx'
import { useUrlFilters } from '../app/url-filters.ts'
import { useServers } from '../live/live-context.tsx'
import { NoServers } from '../servers/no-servers.tsx'
import { ToolGroups } from './tool-groups.tsx'
import { ToolList } from './tool-list.tsx'

/** Letters within this time, as of a key that is held, make one search: in ms, less than people take for two. */
const typingMs = 16
const maxQueryLength = 1_000

/** All tools, searched, of one server, or in groups. The URL has all of that. */
export default function ToolsPage() {
  const { rows, isComplete } = useServers()
  const [filters, setFilter] = useUrlFilters(['q', 'server', 'group'])
  const [asked] = useDebouncedValue((filters.q ?? '').trim(), typingMs, { leading: true })
  // Search results come by relevance, over all servers.
  const mayGroup = asked === '' && filters.server === undefined
  return (
    <Stack gap="md">
      <PageHead title="Tools" />
      <Group gap="sm">
        <TextInput
          type="search"
          aria-label="Search tools"
          placeholder="Search by what a tool does"
          value={filters.q ?? ''}
          maxLength={maxQueryLength}
          onChange={({ currentTarget }) => setFilter('q', currentTarget.value)}
          leftSection={<Icon name="search" size={16} />}
          data-autofocus
          data-page-search
          flex="3 1 16rem"
        />
        <Select
          aria-label="Server"
          placeholder="Any server"
          data={rows.map(({ id, name }) => ({ value: id, label: name.slice(0, 100) }))}
          value={filters.server ?? null}
          onChange={(value) => setFilter('server', value)}
          clearable
          searchable
          flex="1 1 10rem"
        />
        <Switch
          label="Group by server"
          checked={filters.group === 'server'}
          disabled={!mayGroup}
          wrapperProps={{ title: mayGroup ? undefined : 'Search results and the tools of one server have no groups' }}
          onChange={({ currentTarget }) => setFilter('group', currentTarget.checked ? 'server' : null)}
        />
      </Group>
      {isComplete && rows.length === 0 ? (
        <NoServers />
      ) : mayGroup && filters.group === 'server' ? (
        <ToolGroups servers={rows} />
      ) : (
        <ToolList words={asked} {...(filters.server === undefined ? {} : { serverId: filters.server })} />
      )}
    </Stack>
  )
}
