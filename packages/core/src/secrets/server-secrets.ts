import { unlessAborted } from '../base/deadline.ts'
import { invalidInput, RegistryError } from '../base/errors.ts'
import type { ServerId, TenantId } from '../base/ids.ts'
import {
  connectionSecretsOf,
  mapSecrets,
  type PlacedSecret,
  type SecretPlace,
  secretsOf,
} from '../model/config-secrets.ts'
import { describeOAuthSecret, type PlacedOAuthSecret } from '../model/oauth-secrets.ts'
import { type CallerContext, configVariables, type ResolvedConfig, resolveConfig } from '../model/resolve-config.ts'
import {
  hintOf,
  type SealedLiteral,
  type SecretReference,
  type SecretValue,
  secretVariables,
} from '../model/secret-value.ts'
import type { ServerConfig } from '../model/server.ts'
import { fillTemplates } from '../model/templates.ts'
import type { KeyRing, Opening } from './key-ring.ts'
import { readReference, refusalOf, type SecretSources } from './secret-sources.ts'

/** A configuration as a dial needs it, and every value in it that must stay secret. */
export interface OpenedConfig {
  readonly config: ResolvedConfig
  readonly known: readonly string[]
}

/** The secrets of one tenant's servers. */
export interface ServerSecrets {
  /** The configuration with its literals sealed. A literal with the text of its place in `before` stays as it is there. */
  seal(serverId: ServerId, config: ServerConfig, before?: ServerConfig): Promise<ServerConfig>
  /**
   * Opens what a connection needs, which is all but OAuth's secrets. Rejects with SECRET_UNREADABLE naming server and place,
   * with INVALID_INPUT, and with the reason of the signal.
   */
  open(serverId: ServerId, config: ServerConfig, context: CallerContext, signal: AbortSignal): Promise<OpenedConfig>
  /** A secret as plaintext, its templates unfilled. Rejects as `open`. */
  read(serverId: ServerId, secret: PlacedSecret, signal: AbortSignal): Promise<string>
  /** The error of the first literal that cannot be opened. */
  unreadable(serverId: ServerId, config: ServerConfig): Promise<RegistryError | undefined>
  /** Throws INVALID_INPUT for a source that this registry may not read, unless `before` has it already. */
  assertSources(
    config: ServerConfig,
    before: ServerConfig | undefined,
    pathOf: (secret: PlacedSecret) => readonly string[],
  ): void
}

const isOAuthSecret = (secret: PlacedSecret): secret is PlacedOAuthSecret => secret.place.startsWith('oauth:')

function describePlace(secret: PlacedSecret): string {
  if (isOAuthSecret(secret)) return describeOAuthSecret(secret)
  if (secret.place === 'auth') return `the token for ${secret.name}`
  return `the ${secret.place.startsWith('env:') ? 'variable' : 'header'} ${secret.name}`
}

function unreadable(serverId: ServerId, secret: PlacedSecret, problem: string, retryable = false): RegistryError {
  const message = `The secret of the server ${serverId} in ${secret.place} (${describePlace(secret)}) cannot be read: ${problem}`
  return new RegistryError('SECRET_UNREADABLE', message, { retryable })
}

class TenantServerSecrets implements ServerSecrets {
  readonly #keyRing: KeyRing
  readonly #sources: SecretSources
  readonly #tenantId: TenantId

  constructor(keyRing: KeyRing, sources: SecretSources, tenantId: TenantId) {
    this.#keyRing = keyRing
    this.#sources = sources
    this.#tenantId = tenantId
  }

  async seal(serverId: ServerId, config: ServerConfig, before?: ServerConfig): Promise<ServerConfig> {
    const earlier = new Map((before ? secretsOf(before) : []).map((secret) => [secret.place, secret]))
    const same = new Map<SecretPlace, SecretValue>()
    for (const secret of secretsOf(config)) {
      const kept = await this.#unchanged(serverId, secret, earlier.get(secret.place))
      if (kept) same.set(secret.place, kept)
    }
    return mapSecrets(config, (value, place) => {
      if (value.source !== 'LITERAL' || 'sealed' in value) return value
      const text = value.plaintext.reveal()
      const isOAuth = place.startsWith('oauth:')
      const variables = isOAuth ? [] : secretVariables(value)
      const sealed = () => this.#keyRing.seal(text, this.#contextOf(serverId, place))
      const hint = isOAuth ? null : hintOf(text, variables)
      return same.get(place) ?? { source: 'LITERAL', sealed: sealed(), variables, hint }
    })
  }

  async open(
    serverId: ServerId,
    config: ServerConfig,
    context: CallerContext,
    signal: AbortSignal,
  ): Promise<OpenedConfig> {
    const { variables = {} } = context
    const opened = connectionSecretsOf(config).map(async (secret): Promise<[SecretPlace, string]> => {
      const text = await this.read(serverId, secret, signal)
      return [secret.place, secret.value.source === 'LITERAL' ? fillTemplates(text, variables) : text]
    })
    const plaintext = new Map(await Promise.all(opened))
    const given = configVariables(config).flatMap(({ name }) =>
      Object.hasOwn(variables, name) ? (variables[name] ?? []) : [],
    )
    return { config: resolveConfig(config, plaintext, context), known: [...plaintext.values(), ...given] }
  }

  async read(serverId: ServerId, secret: PlacedSecret, signal: AbortSignal): Promise<string> {
    const { value, place } = secret
    if (value.source === 'LITERAL') {
      if ('plaintext' in value) return value.plaintext.reveal()
      const opened = await this.#openLiteral(serverId, place, value)
      if ('text' in opened) return opened.text
      throw unreadable(serverId, secret, opened.problem)
    }
    const text = await this.#readSource(serverId, secret, value, signal)
    if (text.trim() === '' && (place === 'auth' || isOAuthSecret(secret))) {
      throw unreadable(serverId, secret, `expected a ${place === 'auth' ? 'token' : 'secret'}, got an empty one`)
    }
    if (text.includes('\0')) throw unreadable(serverId, secret, 'expected a text without NUL characters')
    return text
  }

  async unreadable(serverId: ServerId, config: ServerConfig): Promise<RegistryError | undefined> {
    for (const secret of secretsOf(config)) {
      const { place, value } = secret
      if (value.source !== 'LITERAL' || 'plaintext' in value) continue
      const opened = await this.#openLiteral(serverId, place, value)
      if ('problem' in opened) return unreadable(serverId, secret, opened.problem)
    }
    return undefined
  }

  assertSources(
    config: ServerConfig,
    before: ServerConfig | undefined,
    pathOf: (secret: PlacedSecret) => readonly string[],
  ): void {
    const earlier = new Set(before ? secretsOf(before).map(({ value }) => value) : [])
    for (const secret of secretsOf(config)) {
      const { value } = secret
      if (value.source === 'LITERAL' || earlier.has(value)) continue
      const refusal = refusalOf(value, this.#sources)
      if (refusal === undefined) continue
      throw invalidInput([...pathOf(secret), value.source === 'ENV' ? 'env' : 'provider'], refusal)
    }
  }

  #contextOf(serverId: ServerId, place: SecretPlace): string {
    return JSON.stringify([this.#tenantId, serverId, place])
  }

  #openLiteral(serverId: ServerId, place: SecretPlace, { sealed }: SealedLiteral): Promise<Opening> {
    return this.#keyRing.open(sealed, this.#contextOf(serverId, place))
  }

  /** The old value of a place, if it is sealed and holds the same text as the new one. */
  async #unchanged(
    serverId: ServerId,
    { place, value }: PlacedSecret,
    old: PlacedSecret | undefined,
  ): Promise<SealedLiteral | undefined> {
    const isComparable = value.source === 'LITERAL' && 'plaintext' in value && old?.value.source === 'LITERAL'
    if (!isComparable || !('sealed' in old.value)) return undefined
    const opened = await this.#openLiteral(serverId, place, old.value)
    return 'text' in opened && opened.text === value.plaintext.reveal() ? old.value : undefined
  }

  async #readSource(
    serverId: ServerId,
    secret: PlacedSecret,
    reference: SecretReference,
    signal: AbortSignal,
  ): Promise<string> {
    const refusal = refusalOf(reference, this.#sources)
    if (refusal !== undefined) throw invalidInput(['config'], `${describePlace(secret)}: ${refusal}`)
    try {
      return await unlessAborted(readReference(reference, this.#sources, { tenant: this.#tenantId, signal }), signal)
    } catch (error) {
      if (signal.aborted || !(error instanceof RegistryError)) throw error
      throw unreadable(serverId, secret, error.message, error.retryable)
    }
  }
}

export function createServerSecrets(keyRing: KeyRing, sources: SecretSources, tenantId: TenantId): ServerSecrets {
  return new TenantServerSecrets(keyRing, sources, tenantId)
}
