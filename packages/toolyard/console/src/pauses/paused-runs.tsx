import { Button, Stack, Title } from '@mantine/core'
import { useEffect, useRef } from 'react'
import { useClient } from 'urql'
import { usePages } from '../api/use-pages.ts'
import { QueryProblem } from '../app/problem.tsx'
import { useAnswered } from './answered.ts'
import { changesPausedRuns, pausedRuns } from './pause-documents.ts'
import { PausedRunCard } from './paused-run-card.tsx'

const pageSize = 20
/** The feed says neither that a server asks for more meanwhile nor that others have answered a part. */
const askedEveryMs = 5_000

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
  const answered = useAnswered()
  const asksForInput = rows.some(({ status }) => status === 'INPUT_REQUIRED')
  // biome-ignore lint/correctness/useExhaustiveDependencies: reload is made anew at each render, and does the same
  useEffect(() => {
    if (!asksForInput) return
    const interval = setInterval(() => {
      if (document.visibilityState === 'visible') reload()
    }, askedEveryMs)
    return () => clearInterval(interval)
  }, [asksForInput])
  // A run that was decided or answered leaves with the focus.
  const onDecided = () => {
    heading.current?.focus({ preventScroll: true })
    reload()
  }
  const rest = (totalCount ?? 0) - rows.length
  return (
    <>
      <QueryProblem error={error} onRetry={reload} />
      {rows.length > 0 && (
        <Stack component="section" gap="sm" aria-labelledby="paused-runs">
          <Title order={2} id="paused-runs" ref={heading} tabIndex={-1}>
            Runs that wait
          </Title>
          {rows.map((run) => (
            <PausedRunCard key={run.id} run={run} answered={answered} onDecided={onDecided} />
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
