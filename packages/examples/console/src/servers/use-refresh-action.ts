import { useState } from 'react'
import { useClient } from 'urql'
import { type Refusal, refusalOf } from '../api/refusal.ts'
import { refreshServer } from '../refreshes/refresh-documents.ts'

export interface RefreshAction {
  /** Answers the id of the refresh, which another one may have started. */
  readonly refresh: (serverId: string) => Promise<string | undefined>
  readonly isAsking: boolean
  readonly refusal: Refusal | undefined
}

export function useRefreshAction(): RefreshAction {
  const client = useClient()
  const [isAsking, setIsAsking] = useState(false)
  const [refusal, setRefusal] = useState<Refusal>()
  return {
    isAsking,
    refusal,
    async refresh(serverId) {
      setIsAsking(true)
      const { data, error } = await client.mutation(refreshServer, { id: serverId }).toPromise()
      setIsAsking(false)
      const answer = data?.refreshMcpServer
      setRefusal(refusalOf(answer, error))
      return answer?.__typename === 'RefreshMcpServerPayload' ? answer.refresh.id : undefined
    },
  }
}
