import { useState } from 'react'
import { useClient } from 'urql'
import { type Refusal, refusalOf } from '../api/refusal.ts'
import { useCallers } from '../caller/caller-drafts.tsx'
import { refreshServer } from '../refreshes/refresh-documents.ts'

/** STARTED: by this call or an earlier one. INCOMPLETE: the server requires variables, which its page asks for. */
export type RefreshStart =
  | { readonly outcome: 'STARTED'; readonly refreshId: string }
  | { readonly outcome: 'INCOMPLETE' | 'REFUSED' }

export interface RefreshAction {
  /** Starts a refresh with the caller's input. Resolves to its outcome. */
  readonly refresh: (serverId: string) => Promise<RefreshStart>
  readonly isAsking: boolean
  readonly refusal: Refusal | undefined
}

export function useRefreshAction(): RefreshAction {
  const client = useClient()
  const callers = useCallers()
  const [isAsking, setIsAsking] = useState(false)
  const [refusal, setRefusal] = useState<Refusal>()
  return {
    isAsking,
    refusal,
    async refresh(serverId) {
      const input = { id: serverId, ...callers.inputOf(serverId) }
      setIsAsking(true)
      const { data, error } = await client.mutation(refreshServer, { input }).toPromise()
      setIsAsking(false)
      const answer = data?.refreshMcpServer
      const refused = refusalOf(answer, error)
      setRefusal(refused)
      if (callers.settle(serverId, refused)) return { outcome: 'INCOMPLETE' }
      if (answer?.__typename !== 'RefreshMcpServerPayload') return { outcome: 'REFUSED' }
      return { outcome: 'STARTED', refreshId: answer.refresh.id }
    },
  }
}
