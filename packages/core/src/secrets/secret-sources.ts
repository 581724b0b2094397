import { RegistryError } from '../base/errors.ts'
import { matchesName } from '../base/match-name.ts'
import type { SecretReference } from '../model/secret-value.ts'

/** Environment variables that secrets may be read from. */
export interface SecretEnv {
  /** `*` stands for any characters, none too. */
  readonly names: readonly string[]
  /** The value; undefined where it is not set. Asked each time a server is connected. */
  readonly read: (name: string) => string | undefined
}

/** A vault, or whatever else keeps secrets. */
export interface SecretProvider {
  /**
   * The secret. Asked each time a server is connected, within its `connectMs`: `signal` aborts then. What it rejects with
   * is told to `onError` alone.
   */
  read(reference: string, options: { readonly tenant: string; readonly signal: AbortSignal }): Promise<string>
}

/** Where secrets are read that are not stored here. */
export interface SecretSources {
  readonly env: SecretEnv
  readonly provider: SecretProvider | undefined
  readonly onError: (error: unknown) => void
}

/** Why it may not be read; undefined where it may. */
export function refusalOf(reference: SecretReference, { env, provider }: SecretSources): string | undefined {
  if (reference.source === 'PROVIDER') {
    return provider ? undefined : 'this registry has no provider of secrets (the option secretProvider)'
  }
  if (env.names.some((pattern) => matchesName(reference.name, pattern))) return undefined
  const names = env.names.length > 0 ? `expected one of ${env.names.join(', ')}` : 'none may be'
  return `the environment variable ${reference.name} may not be read for secrets by this registry: ${names}`
}

/** The secret. Rejects with SECRET_UNREADABLE, its message without its subject: "the environment variable A is not set". */
export async function readReference(
  reference: SecretReference,
  { env, provider, onError }: SecretSources,
  options: { readonly tenant: string; readonly signal: AbortSignal },
): Promise<string> {
  const isEnv = reference.source === 'ENV'
  const asked = isEnv ? `the environment variable ${reference.name}` : `the provider's "${reference.reference}"`
  try {
    const value: unknown = isEnv ? env.read(reference.name) : await provider?.read(reference.reference, options)
    if (typeof value === 'string') return value
  } catch (cause) {
    options.signal.throwIfAborted()
    // Its words may hold what a vault was asked with: they are for the operator alone.
    onError(cause)
    throw new RegistryError('SECRET_UNREADABLE', `reading ${asked} failed`, { retryable: true })
  }
  throw new RegistryError('SECRET_UNREADABLE', `${asked} is not set`)
}
