/** What becomes of a server's requests for input. */
export type InputPolicy = 'PAUSE' | 'DECLINE' | 'NONE'

export const inputPolicies: readonly { readonly value: InputPolicy; readonly label: string }[] = [
  { value: 'PAUSE', label: 'Wait for an answer' },
  { value: 'DECLINE', label: 'Decline at once' },
  { value: 'NONE', label: 'Do not allow' },
]

export const inputPolicyWords = (policy: InputPolicy): string =>
  inputPolicies.find(({ value }) => value === policy)?.label ?? policy
