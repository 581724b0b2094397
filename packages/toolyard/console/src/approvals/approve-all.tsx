import { Button, Group, Loader, Modal, Progress, Stack, Text } from '@mantine/core'
import { useEffect, useState } from 'react'
import { type Client, useClient } from 'urql'
import { describeApiError } from '../api/api-error.ts'
import type { ResultOf } from '../api/graphql.ts'
import { refusalOf } from '../api/refusal.ts'
import { Problem } from '../app/problem.tsx'
import { Name } from '../text/name.tsx'
import { approveTool, waitingDigests } from './approval-documents.ts'

interface Change {
  readonly id: string
  readonly digest: string
}

type Step =
  | { readonly name: 'COUNTING' }
  | { readonly name: 'FAILED'; readonly message: string }
  | { readonly name: 'ASKING'; readonly changes: readonly Change[] }
  | { readonly name: 'APPROVING'; readonly done: number; readonly of: number }
  | { readonly name: 'DONE'; readonly approved: number; readonly failed: number }

interface ApproveAllProps {
  readonly server: { readonly id: string; readonly name: string }
  /** Called for each change that could not be approved. */
  readonly onFailure: (toolId: string, message: string) => void
  readonly onClose: () => void
}

/** Reads all pending changes of the server. Throws the error of urql. */
async function readChanges(client: Client, serverId: string): Promise<readonly Change[]> {
  const changes: Change[] = []
  let after: string | null = null
  for (;;) {
    const variables: { serverId: string; after: string | null } = { serverId, after }
    const { data, error } = await client.query(waitingDigests, variables, { requestPolicy: 'network-only' }).toPromise()
    if (!data) throw error ?? new Error('expected the pending changes, got no answer')
    const { nodes, pageInfo }: ResultOf<typeof waitingDigests>['mcpTools'] = data.mcpTools
    changes.push(...nodes.flatMap(({ id, quarantine }) => (quarantine ? [{ id, digest: quarantine.digest }] : [])))
    if (!pageInfo.hasNextPage) return changes
    after = pageInfo.endCursor
  }
}

const countOf = (count: number) => (count === 1 ? '1 change' : `${count.toLocaleString('en')} changes`)

/** Approves all changes of one server in turn, once the user confirms. A change that fails stays pending. */
export function ApproveAll({ server, onFailure, onClose }: ApproveAllProps) {
  const client = useClient()
  const [step, setStep] = useState<Step>({ name: 'COUNTING' })
  const [leaving] = useState(() => new AbortController())
  useEffect(() => {
    readChanges(client, server.id).then(
      (changes) => setStep({ name: 'ASKING', changes }),
      (error: unknown) => setStep({ name: 'FAILED', message: error instanceof Error ? error.message : String(error) }),
    )
  }, [client, server.id])
  // Closing the dialog stops the remaining approvals.
  useEffect(() => () => leaving.abort(), [leaving])

  const approve = async (changes: readonly Change[]) => {
    const { signal } = leaving
    let failed = 0
    for (const [done, change] of changes.entries()) {
      if (signal.aborted) return
      setStep({ name: 'APPROVING', done, of: changes.length })
      const { data, error } = await client.mutation(approveTool, { ...change }).toPromise()
      if (error && describeApiError(error).kind !== 'OTHER') {
        // The remaining changes would fail in the same way.
        const { message } = describeApiError(error)
        setStep({ name: 'FAILED', message: `${message}. ${done - failed} approved.` })
        return
      }
      const refusal = refusalOf(data?.approveMcpTool, error)
      if (!refusal) continue
      failed += 1
      onFailure(change.id, refusal.message)
    }
    if (signal.aborted) return
    if (failed === 0) onClose()
    else setStep({ name: 'DONE', approved: changes.length - failed, failed })
  }
  return (
    <Modal opened onClose={onClose} title="Approve all changes of this server?" centered>
      <Stack gap="md">
        {step.name === 'COUNTING' && <Loader size="sm" aria-label="Counting" />}
        {step.name === 'ASKING' && (
          <Text size="sm">
            Accepts {countOf(step.changes.length)} of <Name>{server.name}</Name>, including any you have not reviewed.
          </Text>
        )}
        {step.name === 'FAILED' && <Problem message={step.message} />}
        {step.name === 'APPROVING' && (
          <div role="status">
            <Progress value={(step.done / step.of) * 100} size="sm" animated aria-label="Approving" />
            <Text size="sm" className="quiet number" mt="var(--space-2)">
              {step.done} of {step.of}
            </Text>
          </div>
        )}
        {step.name === 'DONE' && (
          <Text size="sm" role="status">
            {step.approved.toLocaleString('en')} approved; {countOf(step.failed)} failed. See each change for the
            reason.
          </Text>
        )}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose} data-autofocus>
            {step.name === 'APPROVING' ? 'Stop' : step.name === 'ASKING' ? 'Review first' : 'Close'}
          </Button>
          {step.name === 'ASKING' && step.changes.length > 0 && (
            <Button onClick={() => void approve(step.changes)}>Approve {countOf(step.changes.length)}</Button>
          )}
        </Group>
      </Stack>
    </Modal>
  )
}
