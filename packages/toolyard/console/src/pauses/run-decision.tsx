import { Button, Group, Stack, Text, TextInput } from '@mantine/core'
import { useState } from 'react'
import { useClient } from 'urql'
import { describeApiError } from '../api/api-error.ts'
import { refusalOf } from '../api/refusal.ts'
import { Icon } from '../app/icons.tsx'
import { Problem } from '../app/problem.tsx'
import { type Decision, decideRun, type PausedRun } from './pause-documents.ts'

/** Longest reason that the API takes, in characters. */
const maxReason = 1_000

interface RunDecisionProps {
  readonly run: PausedRun
  readonly onDecided?: (() => void) | undefined
}

/** Approves or rejects a run that waits for it, with a reason. Disabled, with the API's reason, if the key may not. */
export function RunDecision({ run, onDecided }: RunDecisionProps) {
  const client = useClient()
  const [reason, setReason] = useState('')
  const [asked, setAsked] = useState<Decision>()
  const [problem, setProblem] = useState<string>()
  const [obstacle, setObstacle] = useState<string>()
  const name = `${run.serverName}/${run.toolName}`.slice(0, 100)

  const decide = async (decision: Decision) => {
    setAsked(decision)
    const input = { runId: run.id, decision, ...(reason.trim() === '' ? {} : { reason: reason.trim() }) }
    const { data, error } = await client.mutation(decideRun, { input }).toPromise()
    setAsked(undefined)
    const answer = data?.decideToolRun
    const refused = refusalOf(answer, error)
    const isForbidden =
      (answer && 'code' in answer && answer.code === 'FORBIDDEN') ||
      (error && describeApiError(error).kind === 'NOT_ALLOWED')
    setObstacle(isForbidden ? refused?.message : undefined)
    setProblem(isForbidden ? undefined : refused?.message)
    if (!refused) onDecided?.()
  }
  const isDisabled = obstacle !== undefined
  return (
    <Stack gap="xs">
      <TextInput
        label="Reason"
        description="Optional. Recorded with the decision"
        value={reason}
        onChange={({ currentTarget }) => setReason(currentTarget.value)}
        maxLength={maxReason}
        disabled={isDisabled}
        maw="34rem"
      />
      {problem && <Problem message={problem} />}
      <Group gap="xs">
        <Button
          leftSection={<Icon name="check" size={16} />}
          loading={asked === 'APPROVED'}
          disabled={isDisabled || asked === 'REJECTED'}
          onClick={() => void decide('APPROVED')}
          aria-label={`Approve the run of ${name}`}
        >
          Approve
        </Button>
        <Button
          variant="default"
          loading={asked === 'REJECTED'}
          disabled={isDisabled || asked === 'APPROVED'}
          onClick={() => void decide('REJECTED')}
          aria-label={`Reject the run of ${name}`}
        >
          Reject
        </Button>
        {obstacle !== undefined && (
          <Text size="sm" role="alert" style={{ flex: '1 1 16rem' }}>
            {obstacle}
          </Text>
        )}
      </Group>
    </Stack>
  )
}
