import { Group, Progress, Stack, Text } from '@mantine/core'
import { Problem } from '../app/problem.tsx'
import { failureAdvice } from '../servers/failure-advice.ts'
import { LongText } from '../text/long-text.tsx'
import { Name } from '../text/name.tsx'
import { durationText, Time } from '../text/time.tsx'
import { CancelJob } from './cancel-job.tsx'
import { ChangedTools } from './changed-tools.tsx'
import { changesInShort } from './changes-in-short.ts'
import { ListDifferencesView } from './list-differences.tsx'
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

/** Whether the server was never reached: over HTTP, the first request of the negotiation makes the connection. */
function isUnreached({ phase, finished }: RefreshProgress, command: string | undefined): boolean {
  const error = finished?.error
  return (
    command === undefined && phase === 'NEGOTIATING' && error?.code === 'CONNECT_FAILED' && error.systemCode !== null
  )
}

function stepState(index: number, progress: RefreshProgress, command: string | undefined): StepState {
  const { phase, finished } = progress
  const at = phase === undefined || isUnreached(progress, command) ? 0 : phases.indexOf(phase)
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
    const [addedCount, updatedCount, deletedCount] = [added.length, updated.length, deleted.length]
    return changesInShort({ ...finished, addedCount, updatedCount, deletedCount })
  }
  if (finished) return finished.status === 'CANCELED' ? 'Canceled' : 'Refresh failed. Tools unchanged'
  if (phase === undefined) return 'Starting'
  if (phase === 'LISTING' && done > 0) return `${phaseNames[phase]}: ${done}${total === null ? '' : ` of ${total}`}`
  return phaseNames[phase]
}

/** How far a refresh is, or how far it came before it failed. */
function Phases({ progress, command }: { readonly progress: RefreshProgress; readonly command: string | undefined }) {
  return (
    <ol className="timeline">
      {phases.map((phase, index) => (
        <li key={phase} data-state={stepState(index, progress, command)}>
          <span className="timeline-mark" aria-hidden="true" />
          {phaseNames[phase]}
        </li>
      ))}
    </ol>
  )
}

interface RefreshTimelineProps {
  readonly id: string
  /** A failure that the page shows already, and the timeline does not repeat. */
  readonly knownProblem: string | undefined
  /** Of a server over stdio. */
  readonly command: string | undefined
  /** Names it among others, in a list that says how each ended. @default alone, as 'Refresh' */
  readonly label?: string
}

/** Shows a refresh live, then its outcome. */
export function RefreshTimeline({ id, knownProblem, command, label }: RefreshTimelineProps) {
  const { state: progress, problem } = useRefresh(id)
  const { finished, startedAt } = progress
  const isFailed = finished !== undefined && finished.status !== 'SUCCEEDED'
  const error = isFailed && finished.error?.message !== knownProblem ? finished.error : undefined
  const tookMs =
    finished?.startedAt && finished.finishedAt
      ? Date.parse(finished.finishedAt) - Date.parse(finished.startedAt)
      : undefined
  return (
    <section
      className="panel"
      aria-label={label ?? 'Refresh'}
      data-refresh={finished?.status ?? 'RUNNING'}
      data-refresh-id={id}
    >
      <Stack gap="sm" p="md">
        <Group justify="space-between" gap="xs">
          <Text fw={600} size="sm" role="status" aria-live="polite">
            {finished && label !== undefined ? label : headline(progress)}
          </Text>
          <Group gap="xs">
            {startedAt !== undefined && label === undefined && (
              <Text size="sm" className="quiet">
                <Time at={startedAt} />
                {tookMs !== undefined && `, took ${durationText(tookMs)}`}
              </Text>
            )}
            {!finished && <CancelJob id={id} />}
          </Group>
        </Group>
        {!finished && <Progress value={percent(progress)} size="sm" animated aria-label="Refresh" />}
        {finished?.status !== 'SUCCEEDED' && <Phases progress={progress} command={command} />}
        {problem && <Problem message={problem} />}
        {error && label === undefined && <Problem message={error.message} />}
        {error && error.stderrTail.length > 0 && (
          <div className="block">
            <LongText text={error.stderrTail.join('\n')} isMono label="Last lines of stderr" />
          </div>
        )}
        {error && finished?.status !== 'CANCELED' && error.authentication !== 'OAUTH' && (
          <Text size="sm" className="prose">
            {failureAdvice(error, command).advice}
          </Text>
        )}
        <ChangedTools progress={progress} />
        {finished && <ListDifferencesView differences={finished} />}
        {finished && finished.rejected.length > 0 && (
          // biome-ignore lint/a11y/useSemanticElements: a fieldset is for controls
          <div role="group" aria-label="Rejected">
            <Text size="sm" fw={600}>
              Rejected <span className="quiet number">{finished.rejected.length}</span>
            </Text>
            {finished.rejected.slice(0, 50).map(({ name, reason }, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: names may repeat, and the list never changes
              <Text size="sm" key={index}>
                <Name>{name || '(no name)'}</Name>: <span className="quiet">{reason.slice(0, 300)}</span>
              </Text>
            ))}
          </div>
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
