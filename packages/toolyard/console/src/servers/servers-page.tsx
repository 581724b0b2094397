import { Skeleton, Stack, Text } from '@mantine/core'
import { lazy, Suspense, useDeferredValue } from 'react'
import { useLocation } from 'wouter'
import { LinkButton } from '../api/link-button.tsx'
import { NeedsScope } from '../api/needs-scope.tsx'
import { Icon } from '../app/icons.tsx'
import { PageHead } from '../app/page-head.tsx'
import { Problem } from '../app/problem.tsx'
import { useUrlFilters } from '../app/url-filters.ts'
import { useConnect } from '../authorization/use-connect.ts'
import { useServers } from '../live/live-context.tsx'
import { Attention } from './attention.tsx'
import { filtered, serverFilterNames } from './filter-servers.ts'
import { NoServers } from './no-servers.tsx'
import { ServerList } from './server-list.tsx'
import { useRefreshAction } from './use-refresh-action.ts'

const ServerFilters = lazy(() => import('./server-filters.tsx'))

const filteredFrom = 6

export function ServersPage() {
  const { rows, isComplete } = useServers()
  const [filters, setFilter] = useUrlFilters(serverFilterNames)
  const [, navigate] = useLocation()
  const { refresh, refusal } = useRefreshAction()
  const connection = useConnect()
  const shown = filtered(rows, useDeferredValue(filters))
  const isFiltered = Object.values(filters).some((value) => value !== undefined)
  return (
    <Stack gap="md">
      <PageHead
        title="Servers"
        actions={
          <NeedsScope scope="write">
            <LinkButton href="/import" scope="write" variant="default" leftSection={<Icon name="import" size={16} />}>
              Import
            </LinkButton>
            <LinkButton href="/servers/new" scope="write" leftSection={<Icon name="add" size={16} />}>
              Add server
            </LinkButton>
          </NeedsScope>
        }
      />
      {rows.length > 0 && (
        <NeedsScope scope="write" isSaid>
          <Attention connection={connection} />
        </NeedsScope>
      )}
      {refusal && <Problem message={refusal.message} />}
      {connection.refusal && <Problem message={connection.refusal.message} />}
      {(rows.length >= filteredFrom || isFiltered) && (
        // Keeps its height, so that the list below does not move.
        <Suspense fallback={<Skeleton height={36} />}>
          <ServerFilters rows={rows} filters={filters} onChange={setFilter} />
        </Suspense>
      )}
      {!isComplete && rows.length === 0 && <Skeleton height={180} aria-label="Loading" />}
      {isComplete && rows.length === 0 && <NoServers />}
      {shown.length > 0 && (
        <NeedsScope scope="write" isSaid>
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
          No server matches.
        </Text>
      )}
    </Stack>
  )
}
