import { emptyOAuth, type OAuthDraft, type OAuthGrant, toOAuthInput } from './oauth-draft.ts'
import { noSecret, type SecretText, secretValue } from './secret-sources.ts'

export type AuthKind = 'none' | 'header' | 'oauth'

/** What the API returns of stored authentication. Secrets and most settings of OAuth are not part of it. */
export type StoredAuth =
  | { readonly kind: 'none' }
  | { readonly kind: 'header'; readonly header: string; readonly token: SecretText }
  | { readonly kind: 'oauth' }

/** How the server authenticates toolyard, being edited. */
export interface AuthDraft {
  readonly kind: AuthKind
  readonly header: string
  readonly token: SecretText
  readonly oauth: OAuthDraft
  /** Whether the fields of OAuth replace all that is stored. */
  readonly isOAuthReplaced: boolean
  /** Undefined for a server without stored authentication: a new one, or one of a command. */
  readonly stored: StoredAuth | undefined
}

export const emptyAuth: AuthDraft = {
  kind: 'none',
  header: 'Authorization',
  token: noSecret,
  oauth: emptyOAuth,
  isOAuthReplaced: false,
  stored: undefined,
}

type Source = 'LITERAL' | 'ENV' | 'PROVIDER'

/** What the API returns of a secret. */
export interface StoredSecret {
  readonly source: Source
  readonly reference: string | null
}

type ReturnedAuth =
  | { readonly __typename: 'HeaderAuth'; readonly header: string; readonly token: StoredSecret }
  | {
      readonly __typename: 'OAuthAuth'
      readonly grant: OAuthGrant
      readonly clientId: string | null
      readonly clientRegistration: string | null
    }

const sources = { LITERAL: 'literal', ENV: 'env', PROVIDER: 'provider' } as const

/** A literal's value is unknown, so it is an empty text. */
export const storedSecret = ({ source, reference }: StoredSecret): SecretText => ({
  from: sources[source],
  value: reference ?? '',
})

export function authDraftOf(auth: ReturnedAuth | null): AuthDraft {
  if (auth === null) return { ...emptyAuth, stored: { kind: 'none' } }
  if (auth.__typename === 'HeaderAuth') {
    const { header } = auth
    const token = storedSecret(auth.token)
    return { ...emptyAuth, kind: 'header', header, token, stored: { kind: 'header', header, token } }
  }
  const { grant, clientId, clientRegistration } = auth
  const isByHand = clientRegistration === 'PRE_REGISTERED'
  const oauth = { ...emptyOAuth, grant, clientId: isByHand ? (clientId ?? '') : '' }
  return { ...emptyAuth, kind: 'oauth', oauth, stored: { kind: 'oauth' } }
}

/** Whether the stored settings of OAuth stay. `isPatched`: whether the transport does. */
export const isOAuthKept = ({ kind, stored, isOAuthReplaced }: AuthDraft, isPatched: boolean) =>
  kind === 'oauth' && stored?.kind === 'oauth' && isPatched && !isOAuthReplaced

/** Builds the API's whole input. */
export function toAuthInput({ kind, header, token, oauth }: AuthDraft) {
  if (kind === 'none') return null
  return kind === 'header' ? { header: { header, token: secretValue(token) } } : { oauth: toOAuthInput(oauth) }
}

/** Builds the part of a patch that changes the authentication; empty if it stays. */
export function toAuthPatch(draft: AuthDraft) {
  const { kind, header, token, stored } = draft
  if (isOAuthKept(draft, true)) return {}
  if (kind === 'none' && stored?.kind === 'none') return {}
  // Moving a token to another header requires entering it again: the API rejects the empty one.
  const isSameHeader =
    kind === 'header' &&
    stored?.kind === 'header' &&
    stored.header === header &&
    stored.token.value === token.value &&
    stored.token.from === token.from
  return isSameHeader ? {} : { auth: toAuthInput(draft) }
}
