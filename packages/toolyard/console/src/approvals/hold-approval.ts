import { useState } from 'react'
import { type Client, useClient } from 'urql'
import { authorization } from '../api/api-key.ts'
import { apiHeaders } from '../api/client.ts'
import { refusalOf } from '../api/refusal.ts'
import type { Attempt } from '../toasts/toasts.ts'
import { useShownToasts, useToasts } from '../toasts/toasts-context.tsx'
import { approveTool } from './approval-documents.ts'

interface Change {
  readonly id: string
  readonly name: string
  readonly digest: string
}

/** Sends an approval with the key of when it was given, also while the page is being left. */
function approvalOf(client: Client, { id, digest }: Change): () => Attempt {
  const fetchOptions = { headers: { ...authorization(), ...apiHeaders }, keepalive: true }
  return async () => {
    const { data, error } = await client.mutation(approveTool, { id, digest }, { fetchOptions }).toPromise()
    return refusalOf(data?.approveMcpTool, error)?.message
  }
}

interface HeldApproval {
  /** Whether it is held, or sent and not answered. */
  readonly isApproving: boolean
  readonly hold: (onProblem: (message: string) => void) => void
}

/**
 * Approves a change with Undo. An approval has no opposite: the definition before it is gone, and models may have seen
 * the new one. So it is sent only after the time in which it can be undone, or when the page is left.
 */
export function useHeldApproval(change: Change): HeldApproval {
  const client = useClient()
  const toasts = useToasts()
  const key = `approval ${change.id} ${change.digest}`
  const [isSent, setIsSent] = useState(false)
  const isHeld = useShownToasts().some((toast) => toast.kind === 'HELD' && toast.key === key)
  return {
    isApproving: isHeld || isSent,
    hold(onProblem) {
      if (isHeld || isSent) return
      const approve = approvalOf(client, change)
      toasts.show({
        kind: 'HELD',
        key,
        text: `Approving ${change.name}`,
        async send() {
          setIsSent(true)
          const problem = await approve()
          if (problem === undefined) return undefined
          setIsSent(false)
          onProblem(problem)
          return `${change.name} was not approved: ${problem}`
        },
      })
    },
  }
}
