import { Badge, Group, Stack, Text } from '@mantine/core'
import { Link } from 'wouter'
import { readApiKey } from '../api/api-key.ts'
import { JsonView } from '../text/json-view.tsx'
import { LongText } from '../text/long-text.tsx'
import { Name } from '../text/name.tsx'
import { Time } from '../text/time.tsx'
import type { PausedRun } from './pause-documents.ts'
import { RunDecision } from './run-decision.tsx'

const recorded = {
  KEEP: '',
  REDACT: ' (a key with the scope write sees the values)',
  DROP: ' (a key with the scope write sees them)',
} as const

/** Who decides, by the rule of the API. */
function deciders({ actor }: PausedRun): string {
  // Without keys, every caller may decide.
  if (readApiKey() === undefined) return 'Nothing is sent before.'
  if (actor === null) return 'Nothing is sent before. Deciding takes the scope write.'
  return `Nothing is sent before. Started by ${actor}. Deciding takes another key with the scope write, unless the operator allows self-approval.`
}

interface PausedRunProps {
  readonly run: PausedRun
  readonly onDecided?: (() => void) | undefined
}

/** What a run that waits for an approval would send, and its decision. */
export function ApprovalRequest({ run, onDecided }: PausedRunProps) {
  return (
    <Stack gap="sm">
      <Text size="sm">{deciders(run)}</Text>
      <div>
        <Text size="sm" fw={600} mb={4}>
          Args to be sent{recorded[run.recordedArgs]}
        </Text>
        <JsonView value={run.args} label="Args to be sent" />
      </div>
      <RunDecision run={run} onDecided={onDecided} />
    </Stack>
  )
}

/** What a run waits for, by its status. A status that needs an answer of another kind gets its own branch here. */
function Request(props: PausedRunProps) {
  return props.run.status === 'AWAITING_APPROVAL' ? <ApprovalRequest {...props} /> : null
}

/** One run that waits for a person: what it is, since when, and what it asks. */
export function PausedRunCard({ run, onDecided }: PausedRunProps) {
  const { id, toolName, serverName, tool, approval, createdAt } = run
  return (
    <section className="panel" aria-label={`Run of ${toolName.slice(0, 100)}`} data-paused={id}>
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
          waiting since <Time at={approval?.requestedAt ?? createdAt} />
        </Text>
      </Group>
      <Stack gap="sm" p="md">
        {tool?.description != null && <LongText text={tool.description} limit={300} />}
        <Request run={run} onDecided={onDecided} />
      </Stack>
    </section>
  )
}
