import { Button, Group, Skeleton, Stack, Text, Title } from '@mantine/core'
import { useState } from 'react'
import { useClient } from 'urql'
import { NeedsScope } from '../api/needs-scope.tsx'
import { usePages } from '../api/use-pages.ts'
import { Empty } from '../app/empty.tsx'
import { PageHead } from '../app/page-head.tsx'
import { QueryProblem } from '../app/problem.tsx'
import { PausedRuns } from '../pauses/paused-runs.tsx'
import { usePausedRunCount } from '../pauses/use-paused-run-count.ts'
import { Name } from '../text/name.tsx'
import { useToasts } from '../toasts/toasts-context.tsx'
import { changesApprovals, type WaitingTool, waitingTools } from './approval-documents.ts'
import { ApproveAll } from './approve-all.tsx'
import { Waiting } from './waiting.tsx'

const pageSize = 50

export default function ApprovalsPage() {
  const client = useClient()
  const toasts = useToasts()
  const [together, setTogether] = useState<WaitingTool['server']>()
  const [failures, setFailures] = useState<ReadonlyMap<string, string>>(new Map())
  const { rows, totalCount, error, need, reload } = usePages({
    key: 'waiting',
    pageSize,
    isOldAfter: changesApprovals,
    async readPage(after, first) {
      const answer = await client.query(waitingTools, { first, after }, { requestPolicy: 'network-only' }).toPromise()
      return { page: answer.data?.mcpTools, error: answer.error }
    },
  })
  const servers = [...new Map(rows.map(({ server }) => [server.id, server])).values()]
  const pausedCount = usePausedRunCount()
  const rest = (totalCount ?? 0) - rows.length
  return (
    <Stack gap="md">
      <PageHead title="Approvals" />
      <PausedRuns />
      {totalCount === undefined && !error && <Skeleton height={160} aria-label="Loading" />}
      <QueryProblem error={error} onRetry={reload} />
      {totalCount === 0 && pausedCount === 0 && (
        <Empty icon="approvals" title="No pending approvals">
          <Text size="sm" className="quiet" maw="34rem">
            Runs whose approval policy asks for it, runs whose server asks for input, and tool changes from servers that
            hold them, appear here.
          </Text>
        </Empty>
      )}
      {rows.length > 0 && <Title order={2}>Tool changes</Title>}
      {rows.length > 1 && (
        <Group gap="xs" role="group" aria-label="Approve by server">
          <Text size="sm" className="quiet" component="span">
            Approve all of
          </Text>
          <NeedsScope scope="write" isSaid>
            {servers.map((server) => (
              <Button
                key={server.id}
                size="xs"
                variant="default"
                maw="100%"
                // What is held is one of them.
                onClick={() => void toasts.flush().then(() => setTogether(server))}
                aria-label={`Approve all of ${server.name.slice(0, 100)}`}
              >
                <Name>{server.name}</Name>
              </Button>
            ))}
          </NeedsScope>
        </Group>
      )}
      {together && (
        <ApproveAll
          server={together}
          onFailure={(toolId, message) => setFailures((before) => new Map([...before, [toolId, message]]))}
          onClose={() => setTogether(undefined)}
        />
      )}
      {rows.length > 0 && (
        <NeedsScope scope="write">
          {rows.map((tool) => (
            <Waiting key={`${tool.id} ${tool.quarantine?.digest}`} tool={tool} failure={failures.get(tool.id)} />
          ))}
        </NeedsScope>
      )}
      {rest > 0 && (
        <Button variant="default" onClick={() => need(rows.length + pageSize - 1)} style={{ alignSelf: 'center' }}>
          Show more ({rest.toLocaleString('en')} left)
        </Button>
      )}
    </Stack>
  )
}
