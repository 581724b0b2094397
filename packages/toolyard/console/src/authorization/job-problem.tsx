import { Button, Group } from '@mantine/core'
import { Icon } from '../app/icons.tsx'
import { Problem } from '../app/problem.tsx'
import { useServers } from '../live/live-context.tsx'
import { actionOf } from './authorization-status.ts'
import { useConnect } from './use-connect.ts'

interface JobProblemProps {
  readonly error: { readonly message: string; readonly authentication: 'OAUTH' | null }
  /** Undefined if the server was deleted. */
  readonly serverId: string | undefined
}

/** The error of a run; with a button to connect the server, if that is still what it needs. */
export function JobProblem({ error, serverId }: JobProblemProps) {
  const row = useServers().rows.find(({ id }) => id === serverId)
  const { connect, connectingId, refusal } = useConnect()
  const action = row && error.authentication === 'OAUTH' ? actionOf(row) : undefined
  return (
    <>
      <Problem message={error.message} />
      {refusal && <Problem message={refusal.message} />}
      {row && action && (
        <Group>
          <Button
            size="compact-sm"
            variant="default"
            leftSection={<Icon name="key" size={14} />}
            loading={connectingId !== undefined}
            onClick={() => void connect(row.id)}
          >
            {action}
          </Button>
        </Group>
      )}
    </>
  )
}
