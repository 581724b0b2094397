import { Group, Progress, Stack, Text } from '@mantine/core'
import { Problem } from '../app/problem.tsx'
import { JobProblem } from '../authorization/job-problem.tsx'
import { LongText } from '../text/long-text.tsx'
import { Name } from '../text/name.tsx'
import { durationText, Time } from '../text/time.tsx'
import { CancelJob } from './cancel-job.tsx'
import { ChangedTools } from './changed-tools.tsx'
import { ListDifferencesView, listDifferencesInShort } from './list-differences.tsx'
import { type Phase, phases, type RefreshProgress } from './refresh-progress.ts'
import { useRefresh } from './use-refresh.ts'

const phaseNames: Readonly<Record<Phase, string>> = {
  CONNECTING: 'Connect',
  NEGOTIATING: 'Negotiate',
  AUTHORIZING: 'Authorize',
  LISTING: 'List tools',
  DIFFING: 'Compare',
  PERSISTING: 'Store',
}

type StepState = 'done' | 'now' | 'failed' | 'open'

function stepState(index: number, { phase, finished }: RefreshProgress): StepState {
  if (finished?.status === 'SUCCEEDED') return 'done'
  const at = phase === undefined ? 0 : phases.indexOf(phase)
  if (index !== at) return index < at ? 'done' : 'open'
  return finished ? 'failed' : 'now'
}

/** Progress of the refresh in percent. Each phase counts a sixth; listing advances with the tools listed. */
function percent({ phase, done, total, finished }: RefreshProgress): number {
  if (finished) return 100
  if (phase === undefined) return 3
  const within = total === null || total === 0 ? 0.5 : Math.min(1, done / total)
  return ((phases.indexOf(phase) + within) / phases.length) * 100
}

function headline({ phase, done, total, finished, added, updated, deleted }: RefreshProgress): string {
  if (finished?.status === 'SUCCEEDED') {
    const changes = added.length + updated.length + deleted.length
    const lists = listDifferencesInShort(finished)
    if (changes === 0 && lists === undefined) return `No changes, ${finished.unchangedCount} unchanged`
    const tools = `${added.length} added, ${updated.length} changed, ${deleted.length} removed, ${finished.unchangedCount} unchanged`
    return lists === undefined ? tools : `${tools}; ${lists}`
  }
  if (finished) return finished.status === 'CANCELED' ? 'Canceled' : 'Refresh failed. Tools unchanged'
  if (phase === undefined) return 'Starting'
  if (phase === 'LISTING' && done > 0) return `${phaseNames[phase]}: ${done}${total === null ? '' : ` of ${total}`}`
  return phaseNames[phase]
}

interface RefreshTimelineProps {
  readonly id: string
  readonly serverId: string
  /** A failure that the page shows already, and the timeline does not repeat. */
  readonly knownProblem: string | undefined
}

/** Shows a refresh live, then its outcome. */
export function RefreshTimeline({ id, serverId, knownProblem }: RefreshTimelineProps) {
  const { state: progress, problem } = useRefresh(id)
  const { finished, startedAt } = progress
  const isFailed = finished !== undefined && finished.status !== 'SUCCEEDED'
  const error = isFailed && finished.error?.message !== knownProblem ? finished.error : undefined
  const tookMs =
    finished?.startedAt && finished.finishedAt
      ? Date.parse(finished.finishedAt) - Date.parse(finished.startedAt)
      : undefined
  return (
    <section className="panel" aria-label="Refresh" data-refresh={finished?.status ?? 'RUNNING'} data-refresh-id={id}>
      <Stack gap="sm" p="md">
        <Group justify="space-between" gap="xs">
          <Text fw={600} size="sm" role="status" aria-live="polite">
            {headline(progress)}
          </Text>
          <Group gap="xs">
            {startedAt !== undefined && (
              <Text size="sm" className="quiet">
                <Time at={startedAt} />
                {tookMs !== undefined && `, took ${durationText(tookMs)}`}
              </Text>
            )}
            {!finished && <CancelJob id={id} />}
          </Group>
        </Group>
        {!finished && <Progress value={percent(progress)} size="sm" animated aria-label="Refresh" />}
        <ol className="timeline">
          {phases.map((phase, index) => (
            <li key={phase} data-state={stepState(index, progress)}>
              <span className="timeline-mark" aria-hidden="true" />
              {phaseNames[phase]}
            </li>
          ))}
        </ol>
        {problem && <Problem message={problem} />}
        {error && <JobProblem error={error} serverId={serverId} />}
        {error && error.stderrTail.length > 0 && (
          <div className="block">
            <LongText text={error.stderrTail.join('\n')} isMono label="Last lines of stderr" />
          </div>
        )}
        <ChangedTools progress={progress} />
        {finished && <ListDifferencesView differences={finished} />}
        {finished && finished.rejected.length > 0 && (
          <section aria-label="Rejected">
            <Text size="sm" fw={600}>
              Rejected <span className="quiet number">{finished.rejected.length}</span>
            </Text>
            {finished.rejected.slice(0, 50).map(({ name, reason }, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: names may repeat, and the list never changes
              <Text size="sm" key={index}>
                <Name>{name || '(no name)'}</Name>: <span className="quiet">{reason.slice(0, 300)}</span>
              </Text>
            ))}
          </section>
        )}
        {progress.log.length > 0 && (
          <details>
            <summary>Server log</summary>
            <div className="block output">
              <LongText text={progress.log.join('\n')} isMono label="Server log" />
            </div>
          </details>
        )}
      </Stack>
    </section>
  )
}
