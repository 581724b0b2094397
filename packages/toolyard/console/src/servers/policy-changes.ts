import type { VariablesOf } from '../api/graphql.ts'
import { approvalPolicyWords } from '../pauses/approval-policies.ts'
import { inputPolicyWords } from '../pauses/input-policies.ts'
import type { updateServer } from './server-documents.ts'
import type { ServerDraft } from './server-draft.ts'
import { toolChangePolicyWords } from './tool-change-policies.ts'

type Policies = Pick<ServerDraft, 'policy' | 'approvalPolicy' | 'inputPolicy'>

/** Policies that were changed, in words, and what sets them back. */
export interface PolicyChanges {
  readonly words: string
  readonly undo: Omit<VariablesOf<typeof updateServer>['input'], 'id'>
}

/** Undefined if no policy was changed. */
export function policyChanges(before: Policies, now: Policies): PolicyChanges | undefined {
  const changed = [
    before.policy !== now.policy && {
      words: `new and changed tools: ${toolChangePolicyWords(now.policy).toLowerCase()}`,
      undo: { toolChangePolicy: before.policy },
    },
    before.approvalPolicy !== now.approvalPolicy && {
      words: `runs need approval: ${approvalPolicyWords(now.approvalPolicy).toLowerCase()}`,
      undo: { approvalPolicy: before.approvalPolicy },
    },
    before.inputPolicy !== now.inputPolicy && {
      words: `requests for input: ${inputPolicyWords(now.inputPolicy).toLowerCase()}`,
      undo: { inputPolicy: before.inputPolicy },
    },
  ].filter((each) => each !== false)
  if (changed.length === 0) return undefined
  return {
    words: changed.map(({ words }) => words).join('; '),
    undo: Object.assign({}, ...changed.map(({ undo }) => undo)),
  }
}
