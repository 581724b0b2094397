export type SecretSource = 'literal' | 'env' | 'provider'

/** Where a secret comes from, as the form's options. */
export const sources: readonly { readonly value: SecretSource; readonly label: string }[] = [
  { value: 'literal', label: 'Value' },
  { value: 'env', label: 'From $' },
  { value: 'provider', label: 'Provider' },
]

export const sourcePlaceholders = {
  env: 'environment variable of toolyard',
  provider: 'reference for the secret provider',
} as const

export function sourceOf(chosen: string | null): SecretSource {
  return sources.find(({ value }) => value === chosen)?.value ?? 'literal'
}

/** A secret as the user enters it: its value, or what refers to it. */
export interface SecretText {
  readonly from: SecretSource
  readonly value: string
}

export const noSecret: SecretText = { from: 'literal', value: '' }

export const secretValue = ({ from, value }: SecretText) =>
  from === 'literal' ? { literal: value } : from === 'env' ? { env: value } : { provider: value }

export const secretOrNull = (secret: SecretText) => (secret.value === '' ? null : secretValue(secret))
