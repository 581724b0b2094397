import type { SecretSource } from './server-draft.ts'

/** Where a secret comes from, as the form's options. */
export const sources: readonly { readonly value: SecretSource; readonly label: string }[] = [
  { value: 'literal', label: 'Value' },
  { value: 'env', label: 'From $' },
  { value: 'provider', label: 'Provider' },
]

export function sourceOf(chosen: string | null): SecretSource {
  return sources.find(({ value }) => value === chosen)?.value ?? 'literal'
}
