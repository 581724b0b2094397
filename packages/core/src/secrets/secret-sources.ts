import { RegistryError } from '../base/errors.ts'
import { matchesName } from '../base/match-name.ts'
import type { SecretReference } from '../model/secret-value.ts'

/** The environment variables that secrets may be read from. */
export interface SecretEnv {
  /** Patterns of names; `*` matches any characters, or no character. */
  readonly names: readonly string[]
  /** The value; undefined if it is not set. Called each time a server is connected. */
  readonly read: (name: string) => string | undefined
}

/** A vault, or another store of secrets. */
export interface SecretProvider {
  /**
   * Returns the secret. Called each time a server is connected. `signal` aborts after the `connectMs` of the server. A
   * rejection reaches `onError` alone.
   */
  read(reference: string, options: { readonly tenant: string; readonly signal: AbortSignal }): Promise<string>
}

/** The sources of secrets that are not stored here. */
export interface SecretSources {
  readonly env: SecretEnv
  readonly provider: SecretProvider | undefined
  readonly onError: (error: unknown) => void
}

/** The message of why a reference may not be read; undefined if it may. */
export function refusalOf(reference: SecretReference, { env, provider }: SecretSources): string | undefined {
  if (reference.source === 'PROVIDER') {
    return provider ? undefined : 'this registry has no secret provider; set the option secretProvider'
  }
  if (env.names.some((pattern) => matchesName(reference.name, pattern))) return undefined
  const names = env.names.length > 0 ? `expected one of ${env.names.join(', ')}` : 'the registry allows no variables'
  return `the environment variable ${reference.name} may not be read for secrets by this registry: ${names}`
}

/** Reads a secret. Rejects with SECRET_UNREADABLE; the message continues a sentence: "the environment variable A is not set". */
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
    // Its message may hold the credentials for a vault, so it goes to the operator alone.
    onError(cause)
    throw new RegistryError('SECRET_UNREADABLE', `reading ${asked} failed`, { retryable: true })
  }
  throw new RegistryError('SECRET_UNREADABLE', `${asked} is not set`)
}
