import { Stack } from '@mantine/core'
import { Link, useLocation } from 'wouter'
import { useApprovalCount } from '../approvals/use-approval-count.ts'
import { useServers } from '../live/live-context.tsx'
import { usePausedRunCount } from '../pauses/use-paused-run-count.ts'
import { Icon } from './icons.tsx'
import { type Place, places } from './places.ts'

function isAt(location: string, href: string): boolean {
  if (href === '/') return location === '/' || location.startsWith('/servers')
  return location === href || location.startsWith(`${href}/`)
}

interface NavigationProps {
  /** Called when a page is chosen, also the one that is shown. */
  readonly onChoose: () => void
}

export function Navigation({ onChoose }: NavigationProps) {
  const [location] = useLocation()
  const { rows } = useServers()
  const waitingCount = (usePausedRunCount() ?? 0) + (useApprovalCount() ?? 0)
  const toolCount = rows.reduce((sum, { tools }) => sum + tools.totalCount, 0)
  const counts: Readonly<Partial<Record<Place['href'], number>>> = {
    '/': rows.length,
    '/tools': toolCount,
    '/approvals': waitingCount,
  }
  return (
    <nav aria-label="Main">
      <Stack gap="var(--space-1)">
        {places.map(({ href, name, icon }) => (
          <Link
            key={href}
            href={href}
            className="nav-link"
            aria-current={isAt(location, href) ? 'page' : undefined}
            onClick={onChoose}
          >
            <Icon name={icon} /> {name}
            {(counts[href] ?? 0) > 0 && <span className="nav-count">{counts[href]?.toLocaleString('en')}</span>}
          </Link>
        ))}
      </Stack>
    </nav>
  )
}
