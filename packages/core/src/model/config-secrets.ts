import { isDeepStrictEqual } from 'node:util'
import { fromStoredSecret, type SecretValue, toStoredSecret } from './secret-value.ts'
import type { SecretPair, ServerConfig } from './server.ts'

/** The place of a secret in a configuration: `env:NAME`, `header:name` or `auth`. It is sealed for its place alone. */
export type SecretPlace = `env:${string}` | `header:${string}` | 'auth'

export interface PlacedSecret {
  readonly place: SecretPlace
  /** The name of the variable or header. */
  readonly name: string
  readonly value: SecretValue
}

const envPlace = (name: string): SecretPlace => `env:${name}`
const headerPlace = (name: string): SecretPlace => `header:${name.toLowerCase()}`

/** The secrets of a configuration, in its order. */
export function secretsOf(config: ServerConfig): readonly PlacedSecret[] {
  if (config.transport === 'stdio') {
    return config.env.map(({ name, value }) => ({ place: envPlace(name), name, value }))
  }
  const headers = config.headers.map(({ name, value }) => ({ place: headerPlace(name), name, value }))
  if (config.auth === null) return headers
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
  const auth = config.auth && { ...config.auth, token: to(config.auth.token, 'auth') }
  return { ...config, auth, headers: pairs(config.headers, headerPlace) }
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
  const auth = config.auth && { ...config.auth, token: toStoredSecret(config.auth.token) }
  return { ...config, auth, headers: pairs(config.headers) }
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
  const auth = stored.auth && { ...stored.auth, token: fromStoredSecret(stored.auth.token) }
  return { ...stored, auth, headers: pairs(stored.headers) }
}

type WithPairs<Config, Key extends string> = Omit<Config, Key> & Readonly<Record<Key, readonly StoredPair[]>>
type StdioStored = WithPairs<Extract<ServerConfig, { readonly transport: 'stdio' }>, 'env'>
type HttpStored = Omit<WithPairs<Exclude<ServerConfig, { readonly transport: 'stdio' }>, 'headers'>, 'auth'> & {
  readonly auth: { readonly header: string; readonly token: Stored } | null
}
type StoredConfig = StdioStored | HttpStored
