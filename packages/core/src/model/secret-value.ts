import { Sealed, Secret } from './secret.ts'
import { type TemplateVariable, variablesOf } from './templates.ts'

/** A secret as its owner gave it: in clear, or where it is to be read each time it is needed. */
export type SecretValue = SealedLiteral | ClearLiteral | SecretReference

/** What needs no opening to be known of a literal is kept beside it. */
export interface SealedLiteral {
  readonly source: 'LITERAL'
  readonly sealed: Sealed
  /** Its templates ask for them. */
  readonly variables: readonly TemplateVariable[]
  /** Its last characters, where they give nothing away. */
  readonly hint: string | null
}

/** As it was given a moment ago, or as it was stored by a version that did not seal. No storage takes it. */
export interface ClearLiteral {
  readonly source: 'LITERAL'
  readonly clear: Secret
}

export type SecretReference =
  | { readonly source: 'ENV'; readonly name: string }
  | { readonly source: 'PROVIDER'; readonly reference: string }

export function clearLiteral(text: string): ClearLiteral {
  return { source: 'LITERAL', clear: new Secret(text) }
}

/** Only a literal has templates: what is read elsewhere is taken as it is. */
export function secretVariables(value: SecretValue): readonly TemplateVariable[] {
  if (value.source !== 'LITERAL') return []
  return 'sealed' in value ? value.variables : variablesOf([value.clear.reveal()])
}

const hintLength = 4
/** Of a shorter one, four characters would be too much of it. */
const hintedLength = 20

/** What of a literal may be shown. What a template stands for is not known, so one has none. */
export function hintOf(text: string, variables: readonly TemplateVariable[]): string | null {
  // Of other characters, one may be cut in two.
  const isShown = text.length >= hintedLength && variables.length === 0 && /^[\x20-\x7e]+$/.test(text)
  return isShown ? text.slice(-hintLength) : null
}

type StoredSecret =
  | { readonly sealed: string; readonly variables?: readonly TemplateVariable[]; readonly hint?: string }
  | { readonly env: string }
  | { readonly provider: string }

/** As the storage writes it. Throws for a secret in clear. */
export function toStoredSecret(value: SecretValue): StoredSecret {
  if (value.source === 'ENV') return { env: value.name }
  if (value.source === 'PROVIDER') return { provider: value.reference }
  if (!('sealed' in value)) throw new Error('A secret came to the storage in clear')
  const { sealed, variables, hint } = value
  return {
    sealed: sealed.text,
    ...(variables.length > 0 ? { variables } : {}),
    ...(hint === null ? {} : { hint }),
  }
}

/** A text is one in clear, of a version that did not seal. */
export function fromStoredSecret(stored: StoredSecret | string): SecretValue {
  if (typeof stored === 'string') return clearLiteral(stored)
  if ('env' in stored) return { source: 'ENV', name: stored.env }
  if ('provider' in stored) return { source: 'PROVIDER', reference: stored.provider }
  const { sealed, variables = [], hint = null } = stored
  return { source: 'LITERAL', sealed: new Sealed(sealed), variables, hint }
}
