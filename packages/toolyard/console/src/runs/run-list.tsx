import { Button, Skeleton, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import { Link } from 'wouter'
import type { VariablesOf } from '../api/graphql.ts'
import { useApiQuery } from '../api/use-api-query.ts'
import { Empty } from '../app/empty.tsx'
import { QueryProblem } from '../app/problem.tsx'
import { Name } from '../text/name.tsx'
import { JobCells } from './job-cells.tsx'
import { type RunRow, runPage } from './run-documents.ts'

export type RunFilter = NonNullable<VariablesOf<typeof runPage>['filter']>

const askedEveryMs = 5_000

function Run({ run }: { readonly run: RunRow }) {
  const { id, status, serverName, toolName, createdAt, durationMs, error } = run
  return (
    <Link href={`/runs/${id}`} className="row run-row">
      <JobCells status={status} tookMs={durationMs ?? undefined} createdAt={createdAt}>
        <span className="main-name">
          <Name>{toolName}</Name>
        </span>{' '}
        <span className="quiet">
          <Name>{serverName}</Name>
        </span>
        {error && (
          <Text size="sm" className="quiet" truncate component="span" display="block">
            <bdi>{error.message.slice(0, 200)}</bdi>
          </Text>
        )}
      </JobCells>
    </Link>
  )
}

interface PageProps {
  readonly filter: RunFilter
  readonly after: string | null
  readonly onMore: (after: string) => void
  readonly isLast: boolean
}

function RunListPage({ filter, after, onMore, isLast }: PageProps) {
  const { data, error, isLoading, reload } = useApiQuery({
    query: runPage,
    variables: { filter, after },
    // Older pages change only when a run ends, and begin where this one ended, so that it stays once there are some.
    ...(after === null && isLast ? { everyMs: askedEveryMs } : {}),
  })
  if (isLoading) return <Skeleton height={160} aria-label="Loading" />
  if (!data) return <QueryProblem error={error} onRetry={reload} />
  const { nodes, pageInfo } = data.toolRuns
  if (nodes.length === 0 && after === null)
    return (
      <Empty icon="runs" title="No runs">
        <Text size="sm" className="quiet">
          Runs from this page and from every other client appear here.
        </Text>
      </Empty>
    )
  const { hasNextPage, endCursor } = pageInfo
  return (
    <>
      <div className="panel" data-runs={nodes.length}>
        {nodes.map((run) => (
          <Run key={run.id} run={run} />
        ))}
      </div>
      {isLast && hasNextPage && endCursor !== null && (
        <Button variant="default" onClick={() => onMore(endCursor)} className="more">
          Older runs
        </Button>
      )}
    </>
  )
}

/** Lists runs, newest first. The newest page refetches by itself. */
export function RunList({ filter }: { readonly filter: RunFilter }) {
  const [pages, setPages] = useState<readonly (string | null)[]>([null])
  return (
    <Stack gap="sm">
      {pages.map((after, index) => (
        <RunListPage
          key={after ?? ''}
          filter={filter}
          after={after}
          isLast={index === pages.length - 1}
          onMore={(next) => setPages([...pages, next])}
        />
      ))}
    </Stack>
  )
}
