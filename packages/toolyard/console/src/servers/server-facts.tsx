import { Text } from '@mantine/core'
import type { ServerRow } from '../live/feed-document.ts'
import { spokenRevision } from './protocol-eras.ts'
import type { ServerDetails } from './server-documents.ts'
import { ServerStatus, transportNames } from './server-status.tsx'

type Facts = Pick<ServerRow, 'status' | 'transport' | 'health'> &
  Pick<ServerDetails, 'serverInfo' | 'protocolVersion' | 'protocolEra'>

/** Status, transport, and what the server says of itself, in one line. */
export function ServerFacts({ server }: { readonly server: Facts }) {
  const { status, transport, serverInfo, health } = server
  const spoken = spokenRevision(server.protocolVersion, server.protocolEra)
  return (
    <Text size="sm" component="div" className="facts">
      <ServerStatus status={status} />
      <span className="quiet">{transportNames[transport]}</span>
      {serverInfo && (
        <span className="quiet">
          <bdi>{`${serverInfo.title ?? serverInfo.name} ${serverInfo.version}`.slice(0, 120)}</bdi>
        </span>
      )}
      {spoken !== undefined && <span className="quiet">{spoken}</span>}
      {health.latencyMs !== null && <span className="quiet">{health.latencyMs} ms</span>}
    </Text>
  )
}
