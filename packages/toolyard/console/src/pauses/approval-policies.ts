/** Which runs wait for an approval. */
export type ApprovalPolicy = 'NEVER' | 'DESTRUCTIVE' | 'ALWAYS'

export const approvalPolicies: readonly { readonly value: ApprovalPolicy; readonly label: string }[] = [
  { value: 'NEVER', label: 'Never' },
  { value: 'DESTRUCTIVE', label: 'If the tool may be destructive' },
  { value: 'ALWAYS', label: 'Always' },
]

export const approvalPolicyWords = (policy: ApprovalPolicy): string =>
  approvalPolicies.find(({ value }) => value === policy)?.label ?? policy
