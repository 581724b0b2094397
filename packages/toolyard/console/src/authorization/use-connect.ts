import { useEffect, useState } from 'react'
import { useClient } from 'urql'
import { type Refusal, refusalOf } from '../api/refusal.ts'
import { beginAuth } from './authorization-documents.ts'
import { obstacleTo } from './authorization-url.ts'

export interface ConnectRequest {
  /** Begins an authorization, and sends this tab to the authorization server. */
  readonly connect: (serverId: string) => Promise<void>
  /** The server that an authorization is being begun for. */
  readonly connectingId: string | undefined
  readonly refusal: Refusal | undefined
}

const noCallback =
  'The authorization server could not send your browser back: this toolyard does not know its own address. Its operator can set TOOLYARD_PUBLIC_URL to the address at which browsers reach it, such as https://toolyard.example.com.'

function explained(refusal: Refusal): Refusal {
  return refusal.path[0] === 'redirectUri' ? { ...refusal, message: noCallback } : refusal
}

export function useConnect(): ConnectRequest {
  const client = useClient()
  const [connectingId, setConnectingId] = useState<string>()
  const [refusal, setRefusal] = useState<Refusal>()
  useEffect(() => {
    // The back button may restore the page as it was when the browser left it.
    const onShow = ({ persisted }: PageTransitionEvent) => persisted && setConnectingId(undefined)
    window.addEventListener('pageshow', onShow)
    return () => window.removeEventListener('pageshow', onShow)
  }, [])
  return {
    connectingId,
    refusal,
    async connect(serverId) {
      setConnectingId(serverId)
      setRefusal(undefined)
      const { data, error } = await client.mutation(beginAuth, { serverId }).toPromise()
      const answer = data?.beginMcpAuth
      const refused = refusalOf(answer, error)
      const url = answer?.__typename === 'BeginMcpAuthPayload' ? answer.authorizationUrl : undefined
      const problem = url === undefined ? undefined : obstacleTo(url, window.location.origin)
      if (url !== undefined && problem === undefined) {
        // The button stays busy until the browser has left the page.
        window.location.assign(url)
        return
      }
      setConnectingId(undefined)
      setRefusal(refused ? explained(refused) : { message: problem ?? 'The API sent no address', path: [] })
    },
  }
}
