import { isDeepStrictEqual } from 'node:util'
import type { OAuthConfig } from './oauth.ts'
import {
  mapOAuthSecrets,
  type OAuthSecretPlace,
  type OAuthWith,
  oauthSecretsOf,
  type PlacedOAuthSecret,
} from './oauth-secrets.ts'
import { fromStoredSecret, type SecretValue, toStoredSecret } from './secret-value.ts'
import type { HttpConfig, SecretPair, ServerConfig } from './server.ts'

/** The place of a secret that a connection sends or passes on. It is sealed for its place alone. */
export type ConnectionSecretPlace = `env:${string}` | `header:${string}` | 'auth'

/** The place of a secret in a configuration: `env:NAME`, `header:name`, `auth`, or one of OAuth's. */
export type SecretPlace = ConnectionSecretPlace | OAuthSecretPlace

export interface PlacedConnectionSecret {
  readonly place: ConnectionSecretPlace
  /** The name of the variable or header. */
  readonly name: string
  readonly value: SecretValue
}

export type PlacedSecret = PlacedConnectionSecret | PlacedOAuthSecret

const envPlace = (name: string): ConnectionSecretPlace => `env:${name}`
const headerPlace = (name: string): ConnectionSecretPlace => `header:${name.toLowerCase()}`

/** The secrets of a configuration, in its order. */
export function secretsOf(config: ServerConfig): readonly PlacedSecret[] {
  const oauth = oauthConfigOf(config)
  return oauth ? [...connectionSecretsOf(config), ...oauthSecretsOf(oauth)] : connectionSecretsOf(config)
}

/** The OAuth configuration of a server that has one. */
export function oauthConfigOf(config: ServerConfig): OAuthConfig | undefined {
  return config.transport !== 'stdio' && config.auth?.type === 'OAUTH' ? config.auth : undefined
}

/** The secrets that each connection opens: all but OAuth's, which have no templates. */
export function connectionSecretsOf(config: ServerConfig): readonly PlacedConnectionSecret[] {
  if (config.transport === 'stdio') {
    return config.env.map(({ name, value }) => ({ place: envPlace(name), name, value }))
  }
  const headers = config.headers.map(({ name, value }) => ({ place: headerPlace(name), name, value }))
  if (config.auth?.type !== 'HEADER') return headers
  return [...headers, { place: 'auth', name: config.auth.header, value: config.auth.token }]
}

/** Replaces each secret of a configuration in its place. */
export function mapSecrets(
  config: ServerConfig,
  to: (value: SecretValue, place: SecretPlace) => SecretValue,
): ServerConfig {
  const pairs = (list: readonly SecretPair[], placeOf: (name: string) => SecretPlace) =>
    list.map(({ name, value }) => ({ name, value: to(value, placeOf(name)) }))
  if (config.transport === 'stdio') return { ...config, env: pairs(config.env, envPlace) }
  return { ...config, auth: mapAuth(config.auth, to), headers: pairs(config.headers, headerPlace) }
}

function mapAuth(
  auth: HttpConfig['auth'],
  to: (value: SecretValue, place: SecretPlace) => SecretValue,
): HttpConfig['auth'] {
  if (auth?.type === 'OAUTH') return mapOAuthSecrets(auth, (value, name) => to(value, `oauth:${name}`))
  return auth && { ...auth, token: to(auth.token, 'auth') }
}

/** Whether every literal secret of a configuration is sealed. */
export function isSealed(config: ServerConfig): boolean {
  return secretsOf(config).every(({ value }) => value.source !== 'LITERAL' || 'sealed' in value)
}

/** The stored text of a configuration. Throws if a secret is plaintext. */
export function toConfigText(config: ServerConfig): string {
  return JSON.stringify(toStoredConfig(config))
}

/** Whether both are sealed and the same. A secret that was sealed anew differs. */
export function isSameConfig(config: ServerConfig, other: ServerConfig): boolean {
  // Sealed values hide their text, also from a comparison, so the stored forms are compared.
  return isDeepStrictEqual(toStoredConfig(config), toStoredConfig(other))
}

function toStoredConfig(config: ServerConfig): StoredConfig {
  const pairs = (list: readonly SecretPair[]) => list.map(({ name, value }) => ({ name, value: toStoredSecret(value) }))
  if (config.transport === 'stdio') return { ...config, env: pairs(config.env) }
  return { ...config, ...toStoredAuth(config.auth), headers: pairs(config.headers) }
}

/** OAuth stands beside `auth`: nodes of the previous version then read a server without auth, and keep the member. */
function toStoredAuth(auth: HttpConfig['auth']): Pick<HttpStored, 'auth' | 'oauth'> {
  if (auth?.type === 'OAUTH') return { auth: null, oauth: mapOAuthSecrets(auth, toStoredSecret) }
  return { auth: auth && { header: auth.header, token: toStoredSecret(auth.token) } }
}

function fromStoredAuth({ auth, oauth }: Pick<HttpStored, 'auth' | 'oauth'>): HttpConfig['auth'] {
  // A node of the previous version may have set a header since.
  if (auth) return { type: 'HEADER', header: auth.header, token: fromStoredSecret(auth.token) }
  return oauth ? mapOAuthSecrets(oauth, fromStoredSecret) : null
}

type Stored = Parameters<typeof fromStoredSecret>[0]
interface StoredPair {
  readonly name: string
  readonly value: Stored
}

/** Parses the text of `toConfigText`, or that of an earlier version with plaintext secrets. */
export function fromConfigText(text: string): ServerConfig {
  // Written from a ServerConfig, by toConfigText alone.
  const stored = JSON.parse(text) as StoredConfig
  const pairs = (list: readonly StoredPair[]) =>
    list.map(({ name, value }) => ({ name, value: fromStoredSecret(value) }))
  if (stored.transport === 'stdio') return { ...stored, env: pairs(stored.env) }
  const { auth, oauth, headers, ...rest } = stored
  return { ...rest, auth: fromStoredAuth({ auth, oauth }), headers: pairs(headers) }
}

type WithPairs<Config, Key extends string> = Omit<Config, Key> & Readonly<Record<Key, readonly StoredPair[]>>
type StdioStored = WithPairs<Extract<ServerConfig, { readonly transport: 'stdio' }>, 'env'>
type HttpStored = Omit<WithPairs<Exclude<ServerConfig, { readonly transport: 'stdio' }>, 'headers'>, 'auth'> & {
  readonly auth: { readonly header: string; readonly token: Stored } | null
  readonly oauth?: OAuthWith<Stored> | undefined
}
type StoredConfig = StdioStored | HttpStored
