import { ActionIcon, Text } from '@mantine/core'
import { Link } from 'wouter'
import { Icon } from '../app/icons.tsx'
import { actionOf } from '../authorization/authorization-status.ts'
import { ConnectAction } from '../authorization/connect-action.tsx'
import type { ConnectRequest } from '../authorization/use-connect.ts'
import type { ServerRow } from '../live/feed-document.ts'
import { Name } from '../text/name.tsx'
import { ServerStatus, transportNames } from './server-status.tsx'

interface ServerListProps {
  readonly rows: readonly ServerRow[]
  readonly onRefresh: (id: string) => void
  readonly connection: ConnectRequest
}

/** What is known of a server's trouble; its status and its button say what OAuth needs. */
const troubleOf = (row: ServerRow) => (actionOf(row) ? '' : (row.health.lastError?.message ?? ''))

export function ServerList({ rows, onRefresh, connection }: ServerListProps) {
  return (
    <ul className="panel list" aria-label="Servers">
      {rows.map((row) => {
        const { id, name, description, status, transport, tools } = row
        const words = description ?? troubleOf(row)
        const action = actionOf(row)
        return (
          <li key={id} className="row acts server-row" data-server={name}>
            <div>
              <Link href={`/servers/${id}`} className="main-name cover">
                <Name>{name}</Name>
              </Link>
              {words !== '' && (
                <Text size="sm" className="quiet" truncate>
                  <bdi>{words.slice(0, 200)}</bdi>
                </Text>
              )}
            </div>
            <div className="server-state">
              <ServerStatus status={status} />
              {action && <ConnectAction row={row} action={action} connection={connection} />}
            </div>
            <Text size="sm" className="quiet">
              {transportNames[transport]}
            </Text>
            <Text size="sm" className="number quiet">
              {tools.totalCount.toLocaleString('en')} {tools.totalCount === 1 ? 'tool' : 'tools'}
            </Text>
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={`Refresh ${name.slice(0, 100)}`}
              onClick={() => onRefresh(id)}
              disabled={!row.enabled}
              title={row.enabled ? undefined : 'The server is disabled'}
              className="above"
            >
              <Icon name="refresh" size={16} />
            </ActionIcon>
          </li>
        )
      })}
    </ul>
  )
}
