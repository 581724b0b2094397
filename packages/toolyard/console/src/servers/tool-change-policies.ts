import type { Policy } from './server-draft.ts'

/** What becomes of new and changed tools. */
export const toolChangePolicies: readonly { readonly value: Policy; readonly label: string }[] = [
  { value: 'ACCEPT', label: 'Accept' },
  { value: 'WARN', label: 'Accept and notify' },
  { value: 'QUARANTINE', label: 'Hold for approval' },
]

export const toolChangePolicyWords = (policy: Policy): string =>
  toolChangePolicies.find(({ value }) => value === policy)?.label ?? policy
