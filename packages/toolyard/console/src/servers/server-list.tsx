import { ActionIcon, Text } from '@mantine/core'
import { Link } from 'wouter'
import { Icon } from '../app/icons.tsx'
import type { ServerRow } from '../live/feed-document.ts'
import { Name } from '../text/name.tsx'
import { ServerStatus, transportNames } from './server-status.tsx'

interface ServerListProps {
  readonly rows: readonly ServerRow[]
  readonly onRefresh: (id: string) => void
}

export function ServerList({ rows, onRefresh }: ServerListProps) {
  return (
    <ul className="panel list" aria-label="Servers">
      {rows.map(({ id, name, description, status, transport, tools, health }) => (
        <li key={id} className="row acts server-row" data-server={name}>
          <div>
            <Link href={`/servers/${id}`} className="main-name cover">
              <Name>{name}</Name>
            </Link>
            {(description ?? health.lastError?.message) && (
              <Text size="sm" className="quiet" truncate>
                <bdi>{(description ?? health.lastError?.message ?? '').slice(0, 200)}</bdi>
              </Text>
            )}
          </div>
          <ServerStatus status={status} />
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
            className="above"
          >
            <Icon name="refresh" size={16} />
          </ActionIcon>
        </li>
      ))}
    </ul>
  )
}
