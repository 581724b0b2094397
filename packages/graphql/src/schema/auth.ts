import type {
  HeaderAuth,
  OAuthAuth,
  OAuthClientRegistration,
  OAuthGrant,
  OAuthStatus,
  SecretEntry,
} from '@toolyard/core'
import { builder } from './builder.ts'
import { listed, unbounded } from './long-fields.ts'

const SecretSource = builder.enumType('SecretSource', { values: ['LITERAL', 'ENV', 'PROVIDER'] as const })
export const SecretEntryType = builder.objectRef<SecretEntry>('SecretEntry').implement({
  description: 'Secret values are write-only: only names, a source and a 4-char hint are returned',
  fields: (t) => ({
    name: t.exposeString('name'),
    isSet: t.exposeBoolean('isSet'),
    source: t.field({ type: SecretSource, resolve: ({ source }) => source }),
    reference: t.exposeString('reference', {
      nullable: true,
      description: 'The name of the environment variable, or the reference for the provider',
    }),
    hint: t.exposeString('hint', {
      nullable: true,
      description: 'The last 4 characters of a literal of at least 20 without templates',
    }),
  }),
})

const HeaderAuthType = builder.objectRef<HeaderAuth>('HeaderAuth').implement({
  fields: (t) => ({
    header: t.exposeString('header'),
    token: t.field({ type: SecretEntryType, resolve: ({ token }) => token }),
  }),
})

export const OAuthGrantEnum = builder.enumType('OAuthGrant', {
  description: [
    'How the authorization server is asked for a token. AUTHORIZATION_CODE: the owner consents in a browser.',
    'CLIENT_CREDENTIALS: the client has its own access (RFC 6749 section 4.4). JWT_BEARER: an assertion is exchanged',
    "(RFC 7523). ENTERPRISE_MANAGED: an ID token of the company's identity provider is exchanged (RFC 8693).",
  ].join('\n'),
  values: [
    'AUTHORIZATION_CODE',
    'CLIENT_CREDENTIALS',
    'JWT_BEARER',
    'ENTERPRISE_MANAGED',
  ] as const satisfies OAuthGrant[],
})
const OAuthClientRegistrationEnum = builder.enumType('OAuthClientRegistration', {
  description: [
    'How the authorization server knows the client. PRE_REGISTERED: by hand. METADATA_DOCUMENT: by a document at the URL',
    'of the client. DYNAMIC: the client registered itself (RFC 7591).',
  ].join('\n'),
  values: ['PRE_REGISTERED', 'METADATA_DOCUMENT', 'DYNAMIC'] as const satisfies OAuthClientRegistration[],
})
const OAuthStatusEnum = builder.enumType('OAuthStatus', {
  description: [
    'NOT_CONNECTED: there is no token. AUTHORIZING: a browser was sent to the authorization server. CONNECTED: the token',
    'is valid. EXPIRED: it is not, and the next request gets a new one. REAUTH_REQUIRED: only a new consent, or new',
    'credentials, can give one.',
  ].join('\n'),
  values: ['NOT_CONNECTED', 'AUTHORIZING', 'CONNECTED', 'EXPIRED', 'REAUTH_REQUIRED'] as const satisfies OAuthStatus[],
})

const OAuthAuthType = builder.objectRef<OAuthAuth>('OAuthAuth').implement({
  fields: (t) => ({
    grant: t.field({ type: OAuthGrantEnum, resolve: ({ grant }) => grant }),
    status: t.field({ type: OAuthStatusEnum, resolve: ({ status }) => status }),
    reason: t.exposeString('reason', {
      nullable: true,
      description: 'Why a new consent, or new credentials, are needed; null unless REAUTH_REQUIRED',
    }),
    issuer: t.field({
      type: 'URL',
      nullable: true,
      description: 'The authorization server; null before the server was first connected',
      resolve: ({ issuer }) => issuer,
    }),
    clientId: t.exposeString('clientId', { nullable: true }),
    clientRegistration: t.field({
      type: OAuthClientRegistrationEnum,
      nullable: true,
      resolve: ({ clientRegistration }) => clientRegistration,
    }),
    scopes: t.stringList({
      ...unbounded,
      description: 'Granted scopes',
      resolve: ({ scopes }, _, context, info) => listed(scopes, context, info),
    }),
    requestedScopes: t.stringList({
      ...unbounded,
      description: 'Scopes that the server has asked for beyond those',
      resolve: ({ requestedScopes }, _, context, info) => listed(requestedScopes, context, info),
    }),
    expiresAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'Of the access token, which is renewed by itself',
      resolve: ({ expiresAt }) => expiresAt,
    }),
  }),
})

export const McpAuth = builder.unionType('McpAuth', {
  types: [HeaderAuthType, OAuthAuthType],
  resolveType: ({ type }) => (type === 'OAUTH' ? 'OAuthAuth' : 'HeaderAuth'),
})
