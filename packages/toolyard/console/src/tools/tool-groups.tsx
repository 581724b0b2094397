import { useState } from 'react'
import { Link } from 'wouter'
import type { ServerRow } from '../live/feed-document.ts'
import { Name } from '../text/name.tsx'
import { ToolList } from './tool-list.tsx'

function ToolGroup({ server, isFirst }: { readonly server: ServerRow; readonly isFirst: boolean }) {
  const [isOpen, setIsOpen] = useState(isFirst)
  const { id, name, tools } = server
  return (
    <details open={isOpen} onToggle={({ currentTarget }) => setIsOpen(currentTarget.open)} data-group={name}>
      <summary className="tool-group">
        <Name>{name}</Name> <span className="quiet number">{tools.totalCount.toLocaleString('en')}</span>
      </summary>
      {isOpen && (
        <>
          <ToolList serverId={id} />
          <Link href={`/servers/${id}`} className="up">
            Open this server
          </Link>
        </>
      )}
    </details>
  )
}

/** The tools of all servers, one group a server. A group loads its tools once it is open. */
export function ToolGroups({ servers }: { readonly servers: readonly ServerRow[] }) {
  const shown = servers.filter(({ tools }) => tools.totalCount > 0)
  return shown.map((server, index) => <ToolGroup key={server.id} server={server} isFirst={index === 0} />)
}
