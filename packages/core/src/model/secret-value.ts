import { Sealed, Secret } from './secret.ts'
import { type TemplateVariable, variablesOf } from './templates.ts'

/** A secret as configured: a literal, or a reference that is read each time it is needed. */
export type SecretValue = SealedLiteral | PlaintextLiteral | SecretReference

/** A stored literal, with the facts about it that must be known without opening it. */
export interface SealedLiteral {
  readonly source: 'LITERAL'
  readonly sealed: Sealed
  /** The variables of its templates. */
  readonly variables: readonly TemplateVariable[]
  /** Its last characters; null if they would reveal too much. */
  readonly hint: string | null
}

/** A literal before it is sealed, or from a version that did not seal. No storage accepts it. */
export interface PlaintextLiteral {
  readonly source: 'LITERAL'
  readonly plaintext: Secret
}

export type SecretReference =
  | { readonly source: 'ENV'; readonly name: string }
  | { readonly source: 'PROVIDER'; readonly reference: string }

export function plaintextLiteral(text: string): PlaintextLiteral {
  return { source: 'LITERAL', plaintext: new Secret(text) }
}

/** Only literals have templates: a referenced secret is used as it is. */
export function secretVariables(value: SecretValue): readonly TemplateVariable[] {
  if (value.source !== 'LITERAL') return []
  return 'sealed' in value ? value.variables : variablesOf([value.plaintext.reveal()])
}

const hintLength = 4
/** Shortest literal with a hint: four characters of a shorter one would reveal too much. */
const hintedLength = 20

/** The part of a literal that may be shown. A template has none, as its value is unknown. */
export function hintOf(text: string, variables: readonly TemplateVariable[]): string | null {
  // Other characters might be cut in two.
  const isShown = text.length >= hintedLength && variables.length === 0 && /^[\x20-\x7e]+$/.test(text)
  return isShown ? text.slice(-hintLength) : null
}

type StoredSecret =
  | { readonly sealed: string; readonly variables?: readonly TemplateVariable[]; readonly hint?: string }
  | { readonly env: string }
  | { readonly provider: string }

/** The stored form of a secret. Throws for a plaintext secret. */
export function toStoredSecret(value: SecretValue): StoredSecret {
  if (value.source === 'ENV') return { env: value.name }
  if (value.source === 'PROVIDER') return { provider: value.reference }
  if (!('sealed' in value)) throw new Error('A plaintext secret reached the storage')
  const { sealed, variables, hint } = value
  return {
    sealed: sealed.text,
    ...(variables.length > 0 ? { variables } : {}),
    ...(hint === null ? {} : { hint }),
  }
}

/** Reads a stored secret. A string is plaintext, of a version that did not seal. */
export function fromStoredSecret(stored: StoredSecret | string): SecretValue {
  if (typeof stored === 'string') return plaintextLiteral(stored)
  if ('env' in stored) return { source: 'ENV', name: stored.env }
  if ('provider' in stored) return { source: 'PROVIDER', reference: stored.provider }
  const { sealed, variables = [], hint = null } = stored
  return { source: 'LITERAL', sealed: new Sealed(sealed), variables, hint }
}
