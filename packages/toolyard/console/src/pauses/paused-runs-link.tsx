import { Link } from 'wouter'
import { Icon } from '../app/icons.tsx'
import { usePausedRunCounts } from './use-paused-run-count.ts'

const runsWait = (count: number) => (count === 1 ? '1 run waits' : `${count.toLocaleString('en')} runs wait`)

/** Leads to the runs that wait for a person. Empty if none does. */
export function PausedRunsLink() {
  const { approvals = 0, answers = 0 } = usePausedRunCounts() ?? {}
  const waits = [
    ...(approvals > 0 ? [`${runsWait(approvals)} for an approval`] : []),
    ...(answers > 0 ? [`${runsWait(answers)} for an answer`] : []),
  ]
  if (waits.length === 0) return null
  return (
    <Link href="/approvals" className="attention-row" data-kind="paused">
      <Icon name="approvals" size={16} />
      <span className="attention-text">{waits.join(', ')}</span>
    </Link>
  )
}
