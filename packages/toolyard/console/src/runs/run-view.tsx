import { Group, Progress, Stack, Text } from '@mantine/core'
import { lazy, type ReactNode, Suspense } from 'react'
import { Problem, QueryProblem } from '../app/problem.tsx'
import { JobProblem } from '../authorization/job-problem.tsx'
import { useAnswered } from '../pauses/answered.ts'
import { ApprovalNote } from '../pauses/approval-note.tsx'
import { usePausedRun } from '../pauses/use-paused-run.ts'
import { CancelJob } from '../refreshes/cancel-job.tsx'
import { durationText, Time } from '../text/time.tsx'
import { Elapsed } from './elapsed.tsx'
import type { RunStatus } from './run-documents.ts'
import { RunOutput } from './run-output.tsx'
import type { RunProgress } from './run-progress.ts'
import { RunResult } from './run-result.tsx'
import { RunStatusMark } from './run-status.tsx'
import { useRun } from './use-run.ts'

const RunPause = lazy(() => import('../pauses/run-pause.tsx'))

/** The log says when a run begins to wait, `stored` whether it has gone on since. */
function statusOf({ finished, pausedFor, startedAt }: RunProgress, stored: RunStatus | undefined): RunStatus {
  if (finished) return finished.status
  if (pausedFor === undefined) return startedAt === undefined ? 'QUEUED' : 'RUNNING'
  if (stored === undefined || isWaiting(stored)) return stored ?? pausedFor
  return stored === 'QUEUED' ? 'QUEUED' : 'RUNNING'
}

const isWaiting = (status: RunStatus) => status === 'AWAITING_APPROVAL' || status === 'INPUT_REQUIRED'

function progressText({ progress, total, message }: RunProgress): string {
  if (progress === undefined) return ''
  const numbers = total === null ? String(progress) : `${progress} of ${total}`
  return message === null ? numbers : message.slice(0, 300)
}

const unknownAdvice =
  'The connection or process ended before the tool answered. The call may have taken effect; check before you run it again.'

interface RunViewProps {
  readonly id: string
  /** The args of the run, below it. Left out while it waits for an approval, whose request shows them. */
  readonly args?: ReactNode
}

/** Shows a run live: progress, output and outcome. */
export function RunView({ id, args }: RunViewProps) {
  const { state: run, problem } = useRun(id)
  const { finished, lines, leftOut } = run
  const paused = usePausedRun(id, run.pausedFor !== undefined, run.asks)
  const answered = useAnswered()
  const status = statusOf(run, paused.run?.status)
  const isPaused = isWaiting(status)
  const value = run.progress !== undefined && run.total ? Math.min(100, (run.progress / run.total) * 100) : 100
  return (
    <>
      <section className="panel" aria-label="Run" data-run={status}>
        <Group className="panel-head" justify="space-between" gap="xs">
          <Group gap="md" role="status" aria-live="polite">
            <RunStatusMark status={status} />
            {finished?.durationMs != null && (
              <Text size="sm" className="quiet number">
                {durationText(finished.durationMs)}
              </Text>
            )}
            {!finished && run.startedAt !== undefined && (
              <Text size="sm" component="span">
                <Elapsed since={run.startedAt} />
              </Text>
            )}
            {finished && (
              <Text size="sm" className="quiet">
                <Time at={finished.createdAt} />
              </Text>
            )}
          </Group>
          {!finished && <CancelJob id={id} />}
        </Group>
        <Stack gap="sm" p="md">
          {(isPaused || answered.of(id).length > 0) && (
            <Suspense>
              <RunPause id={id} run={isPaused ? paused.run : undefined} answered={answered} onDecided={paused.reload} />
            </Suspense>
          )}
          {isPaused && <QueryProblem error={paused.error} onRetry={paused.reload} />}
          {!finished && !isPaused && (
            <div>
              <Progress value={value} size="sm" animated aria-label="Run progress" />
              <Text size="sm" className="quiet number" mt="var(--space-2)" dir="auto">
                {progressText(run)}
              </Text>
            </div>
          )}
          {problem && <Problem message={problem} />}
          {finished?.approval && <ApprovalNote approval={finished.approval} />}
          {finished?.error &&
            (status === 'CANCELED' ? (
              <Text size="sm" className="text prose" dir="auto">
                {finished.error.message.slice(0, 4_000)}
              </Text>
            ) : (
              <JobProblem error={finished.error} serverId={finished.server?.id} />
            ))}
          {finished?.status === 'OUTCOME_UNKNOWN' && (
            <Text size="sm" className="prose">
              {unknownAdvice}
            </Text>
          )}
          {finished?.result && <RunResult result={finished.result} />}
          {lines.length > 0 && <RunOutput text={lines.map(({ text }) => text).join('\n')} leftOut={leftOut} />}
        </Stack>
      </section>
      {status !== 'AWAITING_APPROVAL' && args}
    </>
  )
}
