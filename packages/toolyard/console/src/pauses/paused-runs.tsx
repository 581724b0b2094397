import { Button, Stack, Title } from '@mantine/core'
import { useRef } from 'react'
import { useClient } from 'urql'
import { usePages } from '../api/use-pages.ts'
import { QueryProblem } from '../app/problem.tsx'
import { changesPausedRuns, pausedRuns } from './pause-documents.ts'
import { PausedRunCard } from './paused-run-card.tsx'

const pageSize = 20

/** All runs that wait for a person, live. Empty if none does. */
export function PausedRuns() {
  const client = useClient()
  const heading = useRef<HTMLHeadingElement>(null)
  const { rows, totalCount, error, need, reload } = usePages({
    key: 'paused',
    pageSize,
    isOldAfter: changesPausedRuns,
    async readPage(after, first) {
      const answer = await client.query(pausedRuns, { first, after }, { requestPolicy: 'network-only' }).toPromise()
      const runs = answer.data?.toolRuns
      return { page: runs && { ...runs, totalCount: runs.totalCount ?? runs.nodes.length }, error: answer.error }
    },
  })
  const rest = (totalCount ?? 0) - rows.length
  return (
    <>
      <QueryProblem error={error} onRetry={reload} />
      {rows.length > 0 && (
        <Stack component="section" gap="sm" aria-labelledby="paused-runs">
          <Title order={2} id="paused-runs" ref={heading} tabIndex={-1}>
            Runs that wait for an approval
          </Title>
          {rows.map((run) => (
            // The decided run leaves with the focus.
            <PausedRunCard key={run.id} run={run} onDecided={() => heading.current?.focus({ preventScroll: true })} />
          ))}
          {rest > 0 && (
            <Button variant="default" onClick={() => need(rows.length + pageSize - 1)} style={{ alignSelf: 'center' }}>
              Show more ({rest.toLocaleString('en')} left)
            </Button>
          )}
        </Stack>
      )}
    </>
  )
}
