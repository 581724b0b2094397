import { type ReactNode, useEffect, useState } from 'react'
import { useQuery } from 'urql'
import { AwayPage } from '../app/away-page.tsx'
import { describeApiError } from './api-error.ts'
import { readApiKey } from './api-key.ts'
import { graphql } from './graphql.ts'
import { KeyForm } from './key-form.tsx'

export const registryInfo = graphql(`
  query RegistryInfo { registryInfo { version stdioAllowed selfApproval } }
`)

const retryMs = 2_000

/** Shows the page once the API has answered. Until then, shows the sign-in form or the connection error. */
export function ApiGate({ children, onKeyChange }: { readonly children: ReactNode; readonly onKeyChange: () => void }) {
  const [{ data, error }, ask] = useQuery({ query: registryInfo, requestPolicy: 'network-only' })
  // Keeps the page mounted during an outage, so that typed input survives.
  const [wasOpen, setWasOpen] = useState(false)
  const kind = error && describeApiError(error).kind
  useEffect(() => {
    if (data) setWasOpen(true)
  }, [data])
  useEffect(() => {
    if (kind !== 'AWAY' && kind !== 'OTHER') return
    const interval = setInterval(() => ask({ requestPolicy: 'network-only' }), retryMs)
    return () => clearInterval(interval)
  }, [kind, ask])

  if (wasOpen || data) return children
  if (kind === 'KEY_NEEDED') return <KeyForm wasRefused={readApiKey() !== undefined} onKey={onKeyChange} />
  if (kind === 'NOT_ALLOWED') return <KeyForm wasRefused problem="This key lacks the scope read." onKey={onKeyChange} />
  if (error) return <AwayPage message={describeApiError(error).message} />
  return null
}
