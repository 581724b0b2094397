import type { NodeId, ServerId } from '../base/ids.ts'
import type { Sealed } from './secret.ts'
import type { SecretValue } from './secret-value.ts'

/** How the authorization server is asked for a token. */
export type OAuthGrant = 'AUTHORIZATION_CODE' | 'CLIENT_CREDENTIALS' | 'JWT_BEARER' | 'ENTERPRISE_MANAGED'

/**
 * NOT_CONNECTED: there is no token. AUTHORIZING: a browser was sent to the authorization server. CONNECTED: the token is
 * valid. EXPIRED: it is not, and the next request gets a new one. REAUTH_REQUIRED: only a new consent, or new credentials,
 * can give one.
 */
export type OAuthStatus = 'NOT_CONNECTED' | 'AUTHORIZING' | 'CONNECTED' | 'EXPIRED' | 'REAUTH_REQUIRED'

/** How the authorization server knows the client: by hand, by a document at the client's URL (CIMD), or by RFC 7591. */
export type OAuthClientRegistration = 'PRE_REGISTERED' | 'METADATA_DOCUMENT' | 'DYNAMIC'

/** OAuth as the owner of a server configures it. The secrets are sealed, and have no templates. */
export interface OAuthConfig {
  readonly type: 'OAUTH'
  readonly grant: OAuthGrant
  /** Registered by hand; null: the client's metadata document, or dynamic registration. */
  readonly clientId: string | null
  readonly clientSecret: SecretValue | null
  /** PEM, for private_key_jwt (RFC 7523 section 2.2). */
  readonly privateKey: SecretValue | null
  /** JWS algorithm of `privateKey`; null: by the kind of the key. */
  readonly signingAlgorithm: string | null
  /** Asked for in place of what the server names; null: what the server names. */
  readonly scopes: readonly string[] | null
  /** Only this authorization server, whatever the resource names. */
  readonly issuer: string | null
  /** JWT_BEARER: the assertion that is exchanged (RFC 7523 section 2.1). */
  readonly assertion: SecretValue | null
  readonly idp: OAuthIdpConfig | null
  /** Sender-constrained tokens (RFC 9449). */
  readonly dpop: boolean
}

/** ENTERPRISE_MANAGED: where an ID token is exchanged for an ID-JAG (RFC 8693). */
export interface OAuthIdpConfig {
  readonly issuer: string
  /** Null: as the metadata of `issuer` says. */
  readonly tokenEndpoint: string | null
  readonly clientId: string
  readonly clientSecret: SecretValue | null
  readonly idToken: SecretValue
}

/** The members of an authorization server's metadata (RFC 8414) that are used after a token was granted. */
export interface OAuthEndpoints {
  readonly issuer: string
  readonly tokenEndpoint: string
  readonly revocationEndpoint: string | null
  /** Methods of client authentication at the token endpoint; empty: the metadata names none. */
  readonly clientAuthMethods: readonly string[]
}

/** What a server's registry was granted, as stored; one for each server that uses OAuth. */
export interface OAuthGrantRecord {
  readonly serverId: ServerId
  /** Grows by one with each write, which all have the version that they replace as a condition. */
  readonly version: number
  /** `NOT_CONNECTED` also while a browser is on its way, until `authorizingUntil`. */
  readonly state: 'NOT_CONNECTED' | 'CONNECTED' | 'REAUTH_REQUIRED'
  /** Why only the owner can go on, in words; null unless REAUTH_REQUIRED. */
  readonly reason: string | null
  /** The URL of the server that tokens are for: no other one gets them. */
  readonly serverUrl: string
  readonly endpoints: OAuthEndpoints | null
  /** The issuer that credentials given by the owner were first shown to, and their client: no other issuer gets them. */
  readonly pinned: { readonly issuer: string; readonly clientId: string | null } | null
  /** Where the server says that its metadata is (RFC 9728 section 5.1). */
  readonly resourceMetadataUrl: string | null
  /** The resource (RFC 8707), as its metadata has it. */
  readonly resource: string | null
  readonly clientId: string | null
  readonly registration: OAuthClientRegistration | null
  /** The redirect URI of a client that registered itself. */
  readonly redirectUri: string | null
  /** Granted. */
  readonly scopes: readonly string[]
  /** Asked for by the server, and not granted. */
  readonly requestedScopes: readonly string[]
  /** Times that the server refused scopes that were granted, since it last asked for others. */
  readonly stepUps: number
  /** The generation of the tokens that it refused last. */
  readonly refusedGeneration: number | null
  /** When the owner, or the credentials, were last accepted, in epoch milliseconds: another time is another identity. */
  readonly connectedAt: number | null
  /** When the access token was issued, in epoch milliseconds. */
  readonly issuedAt: number | null
  /** Epoch milliseconds; null: the authorization server did not say, or there is no token. */
  readonly expiresAt: number | null
  /** `OAuthTokens` as JSON. */
  readonly tokens: Sealed | null
  /** Whether the tokens can be renewed without the owner. */
  readonly isRenewable: boolean
  /** Grows by one with each change of the tokens. */
  readonly generation: number
  /** The node that renews the tokens. Past `until` (epoch milliseconds) it is dead, and what it sent may have taken effect. */
  readonly renewal: { readonly nodeId: NodeId; readonly until: number } | null
  /** Epoch milliseconds until which a browser is waited for. */
  readonly authorizingUntil: number | null
  readonly updatedAt: number
}

/** The tokens of a grant, in clear. */
export interface OAuthTokens {
  readonly accessToken: string
  readonly refreshToken: string | null
  /** JWK of the private key that the tokens are bound to (RFC 9449). */
  readonly dpopKey: string | null
}

/** A client that registered itself with an authorization server. Another issuer never sees it. */
export interface OAuthClientRecord {
  readonly issuer: string
  readonly redirectUri: string
  /** The answer of the registration endpoint as JSON (RFC 7591 section 3.2.1). */
  readonly information: Sealed
  readonly createdAt: number
}

/** A browser that was sent to an authorization server, from its leaving to its return. */
export interface OAuthFlowRecord {
  /** SHA-256 of the `state`, as base64url. */
  readonly stateHash: string
  readonly serverId: ServerId
  readonly serverUrl: string
  /** The key that began it; null without keys. */
  readonly actor: string | null
  /** SHA-256 of the cookie of the browser that began it, as base64url; null: no cookie was set. */
  readonly browserHash: string | null
  readonly redirectUri: string
  readonly endpoints: OAuthEndpoints
  /** Whether the authorization server says that it names itself in its answer (RFC 9207). */
  readonly namesIssuer: boolean
  readonly resource: string
  readonly scopes: readonly string[]
  readonly clientId: string
  readonly registration: OAuthClientRegistration
  /** `OAuthFlowSecrets` as JSON. */
  readonly secrets: Sealed
  readonly createdAt: number
  readonly expiresAt: number
}

/** The secrets of a flow, in clear. */
export interface OAuthFlowSecrets {
  readonly codeVerifier: string
  readonly dpopKey: string | null
}

/** What of OAuth callers see. */
export interface OAuthAuth {
  readonly type: 'OAUTH'
  readonly grant: OAuthGrant
  readonly status: OAuthStatus
  /** Null before the server was first connected. */
  readonly issuer: string | null
  readonly clientId: string | null
  readonly clientRegistration: OAuthClientRegistration | null
  /** Granted. */
  readonly scopes: readonly string[]
  /** What the server has asked for beyond those; `servers.beginAuth` asks for the union. */
  readonly requestedScopes: readonly string[]
  /** Of the access token, which is renewed by itself. */
  readonly expiresAt: Date | null
  /** What the owner has to do, in words; null unless REAUTH_REQUIRED. */
  readonly reason: string | null
}
