import { Button, Skeleton, Stack, Switch } from '@mantine/core'
import { lazy, Suspense, useState } from 'react'
import { useClient } from 'urql'
import { LinkButton } from '../api/link-button.tsx'
import { NeedsScope } from '../api/needs-scope.tsx'
import { type Refusal, refusalOf } from '../api/refusal.ts'
import { useApiQuery } from '../api/use-api-query.ts'
import { Icon } from '../app/icons.tsx'
import { NotFound } from '../app/not-found.tsx'
import { PageHead } from '../app/page-head.tsx'
import { Problem, QueryProblem } from '../app/problem.tsx'
import { AuthorizationCard } from '../authorization/authorization-card.tsx'
import { asksForOAuth, oauthOf } from '../authorization/authorization-status.ts'
import { missingOf, useCallers } from '../caller/caller-drafts.tsx'
import { CallerFields } from '../caller/caller-fields.tsx'
import { type ServerRow, serverIdOf } from '../live/feed-document.ts'
import { useServers } from '../live/live-context.tsx'
import { latestRefresh } from '../refreshes/refresh-documents.ts'
import { RefreshTimeline } from '../refreshes/refresh-timeline.tsx'
import { Name } from '../text/name.tsx'
import { useToasts } from '../toasts/toasts-context.tsx'
import { DeleteServer } from './delete-server.tsx'
import { listObstacleOf } from './list-obstacle.ts'
import { serverById, updateServer } from './server-documents.ts'
import { ServerFacts } from './server-facts.tsx'
import { ServerFailure } from './server-failure.tsx'
import { ServerTabs, tabOf } from './server-tabs.tsx'
import { useRefreshAction } from './use-refresh-action.ts'

/** Interval between polls for the latest refresh, in ms: the feed reports only what a refresh changes. */
const refreshAskedEveryMs = 2_000

/** States in which the last error says what is wrong. */
const failing: ReadonlySet<ServerRow['status']> = new Set(['ERROR', 'DEGRADED', 'NEEDS_AUTH', 'NEEDS_INPUT'])

const PreviewRefresh = lazy(() => import('../refreshes/preview-refresh.tsx'))

interface ServerPageProps {
  readonly id: string
  /** What the address names after the id. */
  readonly tab: string | undefined
}

export default function ServerPage({ id, tab }: ServerPageProps) {
  const { data, error, isLoading, reload } = useApiQuery({
    query: serverById,
    variables: { id },
    isOldAfter: (event) => serverIdOf(event) === id,
  })
  const latest = useApiQuery({ query: latestRefresh, variables: { serverId: id }, everyMs: refreshAskedEveryMs })
  // The feed is newer than the query's answer.
  const live = useServers().rows.find((row) => row.id === id)
  const { refresh, refusal, isAsking } = useRefreshAction()
  const { draftOf } = useCallers()
  const [startedId, setStartedId] = useState<string>()
  const [isPreviewing, setIsPreviewing] = useState(false)
  const [isJustAdded] = useState(() => new URLSearchParams(window.location.search).has('added'))
  const client = useClient()
  const toasts = useToasts()
  const [updateRefusal, setUpdateRefusal] = useState<Refusal>()

  if (isLoading) return <Skeleton height={240} aria-label="Loading" />
  if (!data) return <QueryProblem error={error} onRetry={reload} />
  const stored = data.mcpServer
  if (!stored) return <NotFound what="server" />
  const server = live ? { ...stored, ...live } : stored
  const usesOAuth = oauthOf(server) !== undefined || asksForOAuth(server)
  // Ids sort by time, so the largest is the latest refresh.
  const refreshId = [stored, live, latest.data?.mcpServer]
    .map((each) => each?.latestRefresh?.id)
    .concat(startedId)
    .filter((each) => each !== undefined)
    .sort()
    .at(-1)

  const enable = async (enabled: boolean) => {
    const result = await client.mutation(updateServer, { input: { id, enabled } }).toPromise()
    return refusalOf(result.data?.updateMcpServer, result.error)
  }
  const setEnabled = async (enabled: boolean) => {
    const refusal = await enable(enabled)
    setUpdateRefusal(refusal)
    reload()
    if (refusal) return
    toasts.show({
      kind: 'DONE',
      text: `${enabled ? 'Enabled' : 'Disabled'} ${server.name}`,
      undo: async () => (await enable(!enabled))?.message,
    })
  }

  const start = async () => {
    const started = await refresh(id)
    if (started.outcome === 'STARTED') setStartedId(started.refreshId)
  }

  // A missing variable is reported at its field.
  const draft = draftOf(id)
  const refused = missingOf(draft, stored.variables).length > 0 ? updateRefusal : (refusal ?? updateRefusal)
  // The stored row has the details of the failure, the live one may be newer: they are shown once they agree.
  const { lastError } = stored.health
  // The card of the authorization says it in other words.
  const isForCard = usesOAuth && lastError?.authentication === 'OAUTH'
  const isFailing =
    server.enabled && failing.has(server.status) && lastError !== null && !(server.status === 'NEEDS_AUTH' && isForCard)
  return (
    <Stack gap="md">
      <PageHead
        title={server.name}
        up={{ href: '/', name: 'Servers' }}
        actions={
          <NeedsScope scope="write">
            <Switch
              label="Enabled"
              checked={server.enabled}
              onChange={({ currentTarget }) => void setEnabled(currentTarget.checked)}
            />
            <LinkButton
              href={`/servers/${id}/edit`}
              scope="write"
              variant="default"
              leftSection={<Icon name="edit" size={16} />}
            >
              Edit
            </LinkButton>
            <DeleteServer id={id} name={server.name} toolCount={server.tools.totalCount} />
            <Button
              variant="default"
              onClick={() => setIsPreviewing(true)}
              disabled={!server.enabled}
              title={server.enabled ? undefined : 'The server is disabled'}
            >
              Preview
            </Button>
            <Button
              leftSection={<Icon name="refresh" size={16} />}
              loading={isAsking}
              onClick={() => void start()}
              disabled={!server.enabled}
              title={server.enabled ? undefined : 'The server is disabled'}
            >
              Refresh
            </Button>
          </NeedsScope>
        }
      >
        <Name>{server.name}</Name>
      </PageHead>
      <ServerFacts server={server} />
      {refused && <Problem message={refused.message} />}
      {isFailing && <ServerFailure server={stored} isAsking={isAsking} onRetry={() => void start()} />}
      {usesOAuth && <AuthorizationCard id={id} name={server.name} />}
      <CallerFields server={stored} />
      {refreshId !== undefined && tabOf(tab) !== 'refreshes' && (
        <RefreshTimeline
          key={refreshId}
          id={refreshId}
          command={stored.__typename === 'StdioMcpServer' ? stored.command : undefined}
          knownProblem={isFailing || isForCard ? lastError?.message : undefined}
        />
      )}
      <ServerTabs
        server={stored}
        toolCount={server.tools.totalCount}
        obstacle={listObstacleOf({
          status: server.status,
          isFailing,
          usesOAuth,
          lacksVariables: stored.variables.some(({ name, required }) => required && !draft.variables[name]),
        })}
        tab={tabOf(tab)}
        offersFirstTool={isJustAdded}
      />
      {isPreviewing && (
        <Suspense>
          <PreviewRefresh serverId={id} onClose={() => setIsPreviewing(false)} onRefresh={() => void start()} />
        </Suspense>
      )}
    </Stack>
  )
}
