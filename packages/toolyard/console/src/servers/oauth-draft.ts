import { noSecret, type SecretText, secretOrNull, secretValue } from './secret-sources.ts'

export type OAuthGrant = 'AUTHORIZATION_CODE' | 'CLIENT_CREDENTIALS' | 'JWT_BEARER' | 'ENTERPRISE_MANAGED'

/** OAuth being edited. An empty text leaves its setting out. */
export interface OAuthDraft {
  readonly grant: OAuthGrant
  readonly clientId: string
  readonly clientSecret: SecretText
  /** PEM. */
  readonly privateKey: SecretText
  readonly signingAlgorithm: string
  readonly scopes: readonly string[]
  readonly issuer: string
  readonly assertion: SecretText
  readonly idpIssuer: string
  readonly idpTokenEndpoint: string
  readonly idpClientId: string
  readonly idpClientSecret: SecretText
  readonly idToken: SecretText
  readonly dpop: boolean
}

export const emptyOAuth: OAuthDraft = {
  grant: 'AUTHORIZATION_CODE',
  clientId: '',
  clientSecret: noSecret,
  privateKey: noSecret,
  signingAlgorithm: '',
  scopes: [],
  issuer: '',
  assertion: noSecret,
  idpIssuer: '',
  idpTokenEndpoint: '',
  idpClientId: '',
  idpClientSecret: noSecret,
  idToken: noSecret,
  dpop: false,
}

/** Paths of the fields within `auth.oauth` that are shown first. */
export const oauthMainPaths = ['clientId', 'clientSecret', 'scopes'] as const
/** Paths of the fields within `auth.oauth` that are under Advanced. */
export const oauthAdvancedPaths = [
  'issuer',
  'grant',
  'privateKey',
  'signingAlgorithm',
  'assertion',
  'idp.issuer',
  'idp.tokenEndpoint',
  'idp.clientId',
  'idp.clientSecret',
  'idp.idToken',
  'dpop',
] as const

const orNull = (text: string) => (text.trim() === '' ? null : text.trim())

function idpOf({ idpIssuer, idpTokenEndpoint, idpClientId, idpClientSecret, idToken }: OAuthDraft) {
  return {
    issuer: idpIssuer.trim(),
    tokenEndpoint: orNull(idpTokenEndpoint),
    clientId: idpClientId.trim(),
    clientSecret: secretOrNull(idpClientSecret),
    // The API rejects an empty one, at its field.
    idToken: secretValue(idToken),
  }
}

/** Builds the API's input. Fields that belong to another grant are hidden, and are left out. */
export function toOAuthInput(draft: OAuthDraft) {
  const { grant, clientId, clientSecret, privateKey, signingAlgorithm, scopes, issuer, assertion, dpop } = draft
  return {
    grant,
    clientId: orNull(clientId),
    clientSecret: secretOrNull(clientSecret),
    privateKey: secretOrNull(privateKey),
    signingAlgorithm: privateKey.value === '' ? null : orNull(signingAlgorithm),
    scopes: scopes.length === 0 ? null : [...scopes],
    issuer: orNull(issuer),
    assertion: grant === 'JWT_BEARER' ? secretOrNull(assertion) : null,
    idp: grant === 'ENTERPRISE_MANAGED' ? idpOf(draft) : null,
    dpop,
  }
}
