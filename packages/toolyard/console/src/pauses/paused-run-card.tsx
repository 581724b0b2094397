import { Badge, Group, Stack, Text } from '@mantine/core'
import { Link } from 'wouter'
import { namedActor } from '../api/named-actor.ts'
import { Permitted } from '../api/permitted.tsx'
import { JsonBlock } from '../text/json-block.tsx'
import { LongDescription } from '../text/long-description.tsx'
import { Name } from '../text/name.tsx'
import { Time } from '../text/time.tsx'
import type { AnsweredInputs } from './answered.ts'
import { AnsweredRequests } from './answered-requests.tsx'
import { InputRequests } from './input-requests.tsx'
import type { PausedRun } from './pause-documents.ts'
import { RunDecision } from './run-decision.tsx'
import { useDecisionObstacle } from './use-decision-obstacle.ts'

const recorded = {
  KEEP: '',
  REDACT: ' (a key with the scope write sees the values)',
  DROP: ' (a key with the scope write sees them)',
} as const

interface PausedRunProps {
  readonly run: PausedRun
  /** What this page has answered. */
  readonly answered: AnsweredInputs
  /** Called after a decision or an answer. */
  readonly onDecided: () => void
}

/** What a run that waits for an approval would send, and its decision. */
function ApprovalRequest({ run, onDecided }: Omit<PausedRunProps, 'answered'>) {
  const obstacle = useDecisionObstacle(run.actor)
  const by = namedActor(run.actor)
  const starter = by === undefined ? '.' : `. Started by ${by.slice(0, 100)}.`
  return (
    <Stack gap="sm">
      <Text size="sm">Nothing is sent until the run is approved{starter}</Text>
      <div>
        <JsonBlock
          value={run.args}
          label="Args to be sent"
          title={
            <Text size="sm" fw={600}>
              Args to be sent{recorded[run.recordedArgs]}
            </Text>
          }
        />
      </div>
      <Permitted obstacle={obstacle}>
        <RunDecision run={run} onDecided={onDecided} />
      </Permitted>
    </Stack>
  )
}

/** What a run waits for, by its status. Empty if it waits no more. */
export function PauseRequest({ run, answered, onDecided }: PausedRunProps) {
  switch (run.status) {
    case 'AWAITING_APPROVAL':
      return <ApprovalRequest run={run} onDecided={onDecided} />
    case 'INPUT_REQUIRED':
      return <InputRequests run={run} answered={answered} onAnswered={onDecided} />
    default:
      return null
  }
}

/** One run that waits for a person: what it is, since when, and what it asks. */
export function PausedRunCard({ run, answered, onDecided }: PausedRunProps) {
  const { id, status, toolName, serverName, tool, approval, createdAt } = run
  const since = status === 'AWAITING_APPROVAL' ? (approval?.requestedAt ?? createdAt) : createdAt
  return (
    <section className="panel" aria-label={`Run of ${toolName.slice(0, 100)}, ${id.slice(-6)}`} data-paused={id}>
      <Group className="panel-head" justify="space-between" gap="xs">
        <Group gap="sm" miw={0}>
          <Link href={`/runs/${id}`} className="main-name">
            <Name>{toolName}</Name>
          </Link>
          <Text size="sm" className="quiet" component="span">
            <Name>{serverName}</Name>
          </Text>
          {tool?.annotations.destructiveHint === true && (
            <Badge color="red" variant="light">
              Destructive
            </Badge>
          )}
        </Group>
        <Text size="sm" className="quiet" component="span">
          {status === 'AWAITING_APPROVAL' ? 'requested' : 'started'} <Time at={since} />
        </Text>
      </Group>
      <Stack gap="sm" p="md">
        {tool?.description != null && <LongDescription text={tool.description} />}
        <AnsweredRequests answers={answered.of(id)} />
        <PauseRequest run={run} answered={answered} onDecided={onDecided} />
      </Stack>
    </section>
  )
}
