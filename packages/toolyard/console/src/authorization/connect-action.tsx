import { Button } from '@mantine/core'
import type { ServerRow } from '../live/feed-document.ts'
import type { ConnectAction as Action } from './authorization-status.ts'
import type { ConnectRequest } from './use-connect.ts'

interface ConnectActionProps {
  readonly row: ServerRow
  readonly action: Action
  readonly connection: ConnectRequest
}

/** The button of a row that connects its server. */
export function ConnectAction({ row, action, connection }: ConnectActionProps) {
  return (
    <Button
      size="compact-sm"
      variant="default"
      className="above"
      flex="none"
      aria-label={`${action}: ${row.name.slice(0, 100)}`}
      loading={connection.connectingId === row.id}
      onClick={() => void connection.connect(row.id)}
    >
      {action}
    </Button>
  )
}
