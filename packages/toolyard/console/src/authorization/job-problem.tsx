import { Button, Group } from '@mantine/core'
import { Icon } from '../app/icons.tsx'
import { Problem } from '../app/problem.tsx'
import { useServers } from '../live/live-context.tsx'
import { actionOf } from './authorization-status.ts'
import { useConnect } from './use-connect.ts'

/** An error of a refresh or a run. */
export interface JobFailure {
  readonly code: string
  readonly message: string
  readonly authentication: 'OAUTH' | null
  readonly scopes: readonly string[] | null
}

/** The registry's messages name its own methods; the page has a button instead. */
function messageOf({ message, authentication }: JobFailure): string {
  return authentication === null ? message : message.replace(/; connect it( again)? with servers\.beginAuth$/, '')
}

/** The error of a refresh or a run; with a button to connect the server, if that is still what it needs. */
export function JobProblem({ error, serverId }: { readonly error: JobFailure; readonly serverId: string | undefined }) {
  const row = useServers().rows.find(({ id }) => id === serverId)
  const { connect, connectingId, refusal } = useConnect()
  const action = row && error.authentication === 'OAUTH' ? actionOf(row) : undefined
  return (
    <>
      <Problem message={messageOf(error)} />
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
