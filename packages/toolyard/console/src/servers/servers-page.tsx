import { Button, Group, Skeleton, Stack, Text, TextInput } from '@mantine/core'
import { useDeferredValue, useState } from 'react'
import { Link, useLocation } from 'wouter'
import { NeedsScope } from '../api/needs-scope.tsx'
import { Empty } from '../app/empty.tsx'
import { Icon } from '../app/icons.tsx'
import { PageHead } from '../app/page-head.tsx'
import { Problem } from '../app/problem.tsx'
import { useConnect } from '../authorization/use-connect.ts'
import { useServers } from '../live/live-context.tsx'
import { Attention } from './attention.tsx'
import { ServerList } from './server-list.tsx'
import { useRefreshAction } from './use-refresh-action.ts'

const filteredFrom = 6

export function ServersPage() {
  const { rows, isComplete } = useServers()
  const [words, setWords] = useState('')
  const wanted = useDeferredValue(words.trim().toLowerCase())
  const [, navigate] = useLocation()
  const { refresh, refusal } = useRefreshAction()
  const connection = useConnect()
  const shown = wanted === '' ? rows : rows.filter(({ name }) => name.toLowerCase().includes(wanted))
  return (
    <Stack gap="md">
      <PageHead
        title="Servers"
        actions={
          <>
            <Button component={Link} href="/import" variant="default" leftSection={<Icon name="import" size={16} />}>
              Import
            </Button>
            <Button component={Link} href="/servers/new" leftSection={<Icon name="add" size={16} />}>
              Add server
            </Button>
          </>
        }
      />
      {rows.length > 0 && (
        <NeedsScope scope="write" isSaid>
          <Attention connection={connection} />
        </NeedsScope>
      )}
      {refusal && <Problem message={refusal.message} />}
      {connection.refusal && <Problem message={connection.refusal.message} />}
      {rows.length >= filteredFrom && (
        <TextInput
          aria-label="Filter by name"
          placeholder="Filter by name"
          value={words}
          onChange={({ currentTarget }) => setWords(currentTarget.value)}
          leftSection={<Icon name="search" size={16} />}
        />
      )}
      {!isComplete && rows.length === 0 && <Skeleton height={180} aria-label="Loading" />}
      {isComplete && rows.length === 0 && (
        <Empty icon="servers" title="No servers yet">
          <Text size="sm" className="quiet" maw="34rem">
            Paste the configuration of Claude, Cursor, VS Code or another client, or add a server by its command or URL.
            Its tools are listed right away.
          </Text>
          <Group mt="xs">
            <Button component={Link} href="/import" variant="default">
              Import a configuration
            </Button>
            <Button component={Link} href="/servers/new">
              Add a server
            </Button>
          </Group>
        </Empty>
      )}
      {shown.length > 0 && (
        <NeedsScope scope="write">
          <ServerList
            rows={shown}
            connection={connection}
            onRefresh={(id) => {
              void refresh(id).then(({ outcome }) => outcome !== 'REFUSED' && navigate(`/servers/${id}`))
            }}
          />
        </NeedsScope>
      )}
      {rows.length > 0 && shown.length === 0 && (
        <Text size="sm" className="quiet">
          No server name matches.
        </Text>
      )}
    </Stack>
  )
}
