import { unlessAborted } from '../base/deadline.ts'
import { invalidInput, RegistryError } from '../base/errors.ts'
import type { ServerId, TenantId } from '../base/ids.ts'
import { mapSecrets, type PlacedSecret, type SecretPlace, secretsOf } from '../model/config-secrets.ts'
import { type CallerContext, configVariables, type ResolvedConfig, resolveConfig } from '../model/resolve-config.ts'
import { hintOf, type SealedLiteral, type SecretValue, secretVariables } from '../model/secret-value.ts'
import type { ServerConfig } from '../model/server.ts'
import { fillTemplates } from '../model/templates.ts'
import type { KeyRing } from './key-ring.ts'
import { readReference, refusalOf, type SecretSources } from './secret-sources.ts'

/** A configuration as a dial needs it, and every value in it that nobody may be shown. */
export interface OpenedConfig {
  readonly config: ResolvedConfig
  readonly known: readonly string[]
}

/** The secrets of one tenant's servers. */
export interface ServerSecrets {
  /** The configuration with its literals sealed. One that is what stood in its place `before` stays as it was. */
  seal(serverId: ServerId, config: ServerConfig, before?: ServerConfig): Promise<ServerConfig>
  /** Rejects with SECRET_UNREADABLE naming server and place, INVALID_INPUT, and the signal's reason. */
  open(serverId: ServerId, config: ServerConfig, context: CallerContext, signal: AbortSignal): Promise<OpenedConfig>
  /** A secret in clear, templates as they are. Rejects as `open`. */
  read(serverId: ServerId, secret: PlacedSecret, signal: AbortSignal): Promise<string>
  /** The error of the first literal that cannot be opened. */
  unreadable(serverId: ServerId, config: ServerConfig): Promise<RegistryError | undefined>
  /** INVALID_INPUT for a source that secrets may not be read from; those that stand in `before` are let pass. */
  assertSources(
    config: ServerConfig,
    before: ServerConfig | undefined,
    pathOf: (secret: PlacedSecret) => readonly string[],
  ): void
}

const placeInWords = ({ place, name }: PlacedSecret) =>
  place === 'auth' ? `the token for ${name}` : `the ${place.startsWith('env:') ? 'variable' : 'header'} ${name}`

function unreadable(serverId: ServerId, secret: PlacedSecret, problem: string, retryable = false): RegistryError {
  const message = `The secret of the server ${serverId} in ${secret.place} (${placeInWords(secret)}) cannot be read: ${problem}`
  return new RegistryError('SECRET_UNREADABLE', message, { retryable })
}

export function createServerSecrets(keyRing: KeyRing, sources: SecretSources, tenantId: TenantId): ServerSecrets {
  const contextOf = (serverId: ServerId, place: SecretPlace) => JSON.stringify([tenantId, serverId, place])

  const opening = (serverId: ServerId, place: SecretPlace, { sealed }: SealedLiteral) =>
    keyRing.open(sealed, contextOf(serverId, place))

  /** What stood in a place, where it is sealed and says the same as what is given for it. */
  async function unchanged(serverId: ServerId, { place, value }: PlacedSecret, old: PlacedSecret | undefined) {
    const isComparable = value.source === 'LITERAL' && 'clear' in value && old?.value.source === 'LITERAL'
    if (!isComparable || !('sealed' in old.value)) return undefined
    const opened = await opening(serverId, place, old.value)
    return 'text' in opened && opened.text === value.clear.reveal() ? old.value : undefined
  }

  async function read(serverId: ServerId, secret: PlacedSecret, signal: AbortSignal): Promise<string> {
    const { value, place } = secret
    if (value.source === 'LITERAL') {
      if ('clear' in value) return value.clear.reveal()
      const opened = await opening(serverId, place, value)
      if ('text' in opened) return opened.text
      throw unreadable(serverId, secret, opened.problem)
    }
    const refusal = refusalOf(value, sources)
    if (refusal !== undefined) throw invalidInput(['config'], `${placeInWords(secret)}: ${refusal}`)
    let text: string
    try {
      text = await unlessAborted(readReference(value, sources, { tenant: tenantId, signal }), signal)
    } catch (error) {
      if (signal.aborted || !(error instanceof RegistryError)) throw error
      throw unreadable(serverId, secret, error.message, error.retryable)
    }
    if (place === 'auth' && text.trim() === '') throw unreadable(serverId, secret, 'expected a token, got an empty one')
    if (text.includes('\0')) throw unreadable(serverId, secret, 'expected a text without NUL characters')
    return text
  }

  return {
    async seal(serverId, config, before) {
      const earlier = new Map((before ? secretsOf(before) : []).map((secret) => [secret.place, secret]))
      const same = new Map<SecretPlace, SecretValue>()
      for (const secret of secretsOf(config)) {
        const kept = await unchanged(serverId, secret, earlier.get(secret.place))
        if (kept) same.set(secret.place, kept)
      }
      return mapSecrets(config, (value, place) => {
        if (value.source !== 'LITERAL' || 'sealed' in value) return value
        const text = value.clear.reveal()
        const variables = secretVariables(value)
        const sealed = () => keyRing.seal(text, contextOf(serverId, place))
        return same.get(place) ?? { source: 'LITERAL', sealed: sealed(), variables, hint: hintOf(text, variables) }
      })
    },
    async open(serverId, config, context, signal) {
      const { variables = {} } = context
      const opened = secretsOf(config).map(async (secret): Promise<[SecretPlace, string]> => {
        const text = await read(serverId, secret, signal)
        return [secret.place, secret.value.source === 'LITERAL' ? fillTemplates(text, variables) : text]
      })
      const clear = new Map(await Promise.all(opened))
      const brought = configVariables(config).flatMap(({ name }) =>
        Object.hasOwn(variables, name) ? (variables[name] ?? []) : [],
      )
      return { config: resolveConfig(config, clear, context), known: [...clear.values(), ...brought] }
    },
    read,
    async unreadable(serverId, config) {
      for (const secret of secretsOf(config)) {
        const { place, value } = secret
        if (value.source !== 'LITERAL' || 'clear' in value) continue
        const opened = await opening(serverId, place, value)
        if ('problem' in opened) return unreadable(serverId, secret, opened.problem)
      }
      return undefined
    },
    assertSources(config, before, pathOf) {
      const earlier = new Set(before ? secretsOf(before).map(({ value }) => value) : [])
      for (const secret of secretsOf(config)) {
        const { value } = secret
        if (value.source === 'LITERAL' || earlier.has(value)) continue
        const refusal = refusalOf(value, sources)
        if (refusal === undefined) continue
        throw invalidInput([...pathOf(secret), value.source === 'ENV' ? 'env' : 'provider'], refusal)
      }
    },
  }
}
