import { Button, Skeleton, Stack, Text, UnstyledButton } from '@mantine/core'
import { useId, useState } from 'react'
import { namedActor } from '../api/named-actor.ts'
import { useApiQuery } from '../api/use-api-query.ts'
import { Empty } from '../app/empty.tsx'
import { QueryProblem } from '../app/problem.tsx'
import { serverIdOf } from '../live/feed-document.ts'
import { JobCells } from '../runs/job-cells.tsx'
import { exactTime } from '../text/time.tsx'
import { changesInShort } from './changes-in-short.ts'
import { type RefreshRow, refreshPage } from './refresh-documents.ts'
import { RefreshTimeline } from './refresh-timeline.tsx'

/** Interval between polls for new refreshes, in ms: the feed reports only what a refresh changes. */
const askedEveryMs = 2_000

/** What a refresh came to. */
function outcomeOf(refresh: RefreshRow, isOpen: boolean): string {
  if (refresh.status === 'SUCCEEDED') return changesInShort(refresh)
  return refresh.error?.message.slice(0, isOpen ? 4_000 : 200) ?? ''
}

function tookMs({ startedAt, finishedAt }: RefreshRow): number | undefined {
  return startedAt === null || finishedAt === null ? undefined : Date.parse(finishedAt) - Date.parse(startedAt)
}

interface RefreshProps {
  readonly refresh: RefreshRow
  readonly command: string | undefined
}

function Refresh({ refresh, command }: RefreshProps) {
  const { id, status, createdAt } = refresh
  const by = namedActor(refresh.actor)
  // One that goes on is followed.
  const [isOpen, setIsOpen] = useState(refresh.finishedAt === null)
  const details = useId()
  return (
    <li className="refresh">
      <UnstyledButton
        className="row run-row acts"
        aria-expanded={isOpen}
        aria-controls={details}
        onClick={() => setIsOpen(!isOpen)}
      >
        <JobCells status={status} tookMs={tookMs(refresh)} createdAt={createdAt}>
          <Text size="sm" component="span" className="outcome" {...(isOpen ? {} : { lineClamp: 2 })}>
            <bdi>{outcomeOf(refresh, isOpen)}</bdi>
          </Text>
          {by !== undefined && (
            <Text size="sm" className="quiet" component="span" display="block" truncate>
              by {by}
            </Text>
          )}
        </JobCells>
      </UnstyledButton>
      <div id={details}>
        {isOpen && (
          <RefreshTimeline
            id={id}
            command={command}
            knownProblem={undefined}
            label={`Refresh of ${exactTime(createdAt)}`}
          />
        )}
      </div>
    </li>
  )
}

interface HistoryProps {
  readonly serverId: string
  /** Of a server over stdio. */
  readonly command: string | undefined
}

interface PageProps extends HistoryProps {
  readonly after: string | null
  readonly isLast: boolean
  readonly onMore: (after: string) => void
}

function RefreshHistoryPage({ serverId, command, after, isLast, onMore }: PageProps) {
  // Older pages begin where this one ended, so that it stays once there are some.
  const isLive = after === null && isLast
  const { data, error, isLoading, reload } = useApiQuery({
    query: refreshPage,
    variables: { serverId, after },
    isOldAfter: (event) => isLive && serverIdOf(event) === serverId,
    ...(isLive ? { everyMs: askedEveryMs } : {}),
  })
  if (isLoading) return <Skeleton height={160} aria-label="Loading" />
  if (!data?.mcpServer) return <QueryProblem error={error} onRetry={reload} />
  const { nodes, pageInfo } = data.mcpServer.refreshes
  if (nodes.length === 0 && after === null) {
    return (
      <Empty icon="refresh" title="No refreshes">
        <Text size="sm" className="quiet">
          A refresh reads what the server has. Each one appears here, with what it changed.
        </Text>
      </Empty>
    )
  }
  const { hasNextPage, endCursor } = pageInfo
  return (
    <>
      <ul className="panel list" aria-label="Refreshes" data-refreshes={nodes.length}>
        {nodes.map((refresh) => (
          <Refresh key={refresh.id} refresh={refresh} command={command} />
        ))}
      </ul>
      {isLast && hasNextPage && endCursor !== null && (
        <Button variant="default" onClick={() => onMore(endCursor)} className="more">
          Older refreshes
        </Button>
      )}
    </>
  )
}

/** Lists the refreshes of a server, the newest first. Each opens to its differences and its log. */
export default function RefreshHistory(props: HistoryProps) {
  const [pages, setPages] = useState<readonly (string | null)[]>([null])
  return (
    <Stack gap="sm">
      {pages.map((after, index) => (
        <RefreshHistoryPage
          {...props}
          key={after ?? ''}
          after={after}
          isLast={index === pages.length - 1}
          onMore={(next) => setPages([...pages, next])}
        />
      ))}
    </Stack>
  )
}
