import { Text } from '@mantine/core'
import { namedActor } from '../api/named-actor.ts'
import { Time } from '../text/time.tsx'

interface ApprovalNoteProps {
  readonly approval: {
    readonly decision: 'APPROVED' | 'REJECTED' | null
    readonly decidedBy: string | null
    readonly decidedAt: string | null
    readonly reason: string | null
  }
}

/** Who decided a run, and when. Empty for a run that ended without a decision. The error of a rejected run says why. */
export function ApprovalNote({ approval: { decision, decidedBy, decidedAt, reason } }: ApprovalNoteProps) {
  if (decision === null) return null
  const by = namedActor(decidedBy)
  return (
    <Text size="sm" className="quiet" dir="auto">
      {decision === 'APPROVED' ? 'Approved' : 'Rejected'}
      {by !== undefined && ` by ${by}`} {decidedAt !== null && <Time at={decidedAt} />}
      {decision === 'APPROVED' && reason !== null && reason !== '' && `: ${reason}`}
    </Text>
  )
}
