import { Stack } from '@mantine/core'
import { Link, useLocation } from 'wouter'
import { useApprovalCount } from '../approvals/use-approval-count.ts'
import { useServers } from '../live/live-context.tsx'
import { usePausedRunCount } from '../pauses/use-paused-run-count.ts'
import { Icon, type IconName } from './icons.tsx'

interface Place {
  readonly href: string
  readonly name: string
  readonly icon: IconName
  readonly count?: number | undefined
}

function isAt(location: string, href: string): boolean {
  if (href === '/') return location === '/' || location.startsWith('/servers')
  return location === href || location.startsWith(`${href}/`)
}

export function Navigation() {
  const [location] = useLocation()
  const { rows } = useServers()
  const waitingCount = (usePausedRunCount() ?? 0) + (useApprovalCount() ?? 0)
  const toolCount = rows.reduce((sum, { tools }) => sum + tools.totalCount, 0)
  const places: readonly Place[] = [
    { href: '/', name: 'Servers', icon: 'servers', count: rows.length },
    { href: '/tools', name: 'Tools', icon: 'tools', count: toolCount },
    { href: '/runs', name: 'Runs', icon: 'runs' },
    { href: '/approvals', name: 'Approvals', icon: 'approvals', count: waitingCount },
    { href: '/import', name: 'Import', icon: 'import' },
    { href: '/export', name: 'Export', icon: 'export' },
    { href: '/audit', name: 'Audit', icon: 'audit' },
  ]
  return (
    <nav aria-label="Main">
      <Stack gap={2}>
        {places.map(({ href, name, icon, count }) => (
          <Link key={href} href={href} className="nav-link" aria-current={isAt(location, href) ? 'page' : undefined}>
            <Icon name={icon} /> {name}
            {count !== undefined && count > 0 && <span className="nav-count">{count.toLocaleString('en')}</span>}
          </Link>
        ))}
      </Stack>
    </nav>
  )
}
