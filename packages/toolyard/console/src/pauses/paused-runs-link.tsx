import { Link } from 'wouter'
import { Icon } from '../app/icons.tsx'
import { usePausedRunCount } from './use-paused-run-count.ts'

/** Leads to the runs that wait for an approval. Empty if none does. */
export function PausedRunsLink() {
  const count = usePausedRunCount() ?? 0
  if (count === 0) return null
  return (
    <Link href="/approvals" className="attention-row" data-kind="paused">
      <Icon name="approvals" size={16} />
      <span className="attention-text">
        {count === 1 ? '1 run waits' : `${count.toLocaleString('en')} runs wait`} for an approval
      </span>
    </Link>
  )
}
