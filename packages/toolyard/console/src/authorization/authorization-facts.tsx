import type { ReactNode } from 'react'
import { Name } from '../text/name.tsx'
import { Time } from '../text/time.tsx'
import type { OAuthDetails } from './authorization-documents.ts'
import { grantWords, usesBrowser } from './authorization-status.ts'
import './authorization.css'

const registrations = {
  PRE_REGISTERED: 'registered by hand',
  METADATA_DOCUMENT: 'by its metadata document',
  DYNAMIC: 'registered by itself',
} as const

const scopeList = (scopes: readonly string[]) => (
  <ul className="scopes">
    {scopes.slice(0, 100).map((scope) => (
      <li key={scope}>
        <Name>{scope}</Name>
      </li>
    ))}
  </ul>
)

function rows(oauth: OAuthDetails): readonly (readonly [string, ReactNode])[] {
  const { grant, status, reason, issuer, clientId, clientRegistration, scopes, requestedScopes, expiresAt } = oauth
  const isRenewed = status === 'CONNECTED' || status === 'EXPIRED'
  return [
    ['Reason', reason],
    ['Authorization server', issuer && <span className="address">{issuer.slice(0, 500)}</span>],
    [
      'Client',
      clientId && (
        <>
          <span className="address">{clientId.slice(0, 500)}</span>
          {clientRegistration && <span className="quiet"> ({registrations[clientRegistration]})</span>}
        </>
      ),
    ],
    ['Grant', usesBrowser(grant) ? null : grantWords[grant]],
    ['Scopes granted', scopes.length > 0 ? scopeList(scopes) : null],
    ['Scopes asked for', requestedScopes.length > 0 ? scopeList(requestedScopes) : null],
    [
      'Token',
      expiresAt !== null && isRenewed ? (
        <>
          {status === 'EXPIRED' ? 'expired' : 'expires'} <Time at={expiresAt} />, renewed by itself
        </>
      ) : null,
    ],
  ]
}

/** What the API reports of a server's authorization. */
export function AuthorizationFacts({ oauth }: { readonly oauth: OAuthDetails }) {
  return (
    <dl className="properties">
      {rows(oauth)
        .filter(([, value]) => value !== null && value !== '')
        .map(([label, value]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  )
}
