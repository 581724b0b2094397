import type { ToolApprovalPolicy } from './approval-policy.ts'
import type { ToolDefinition, ToolRecord } from './tool.ts'

/** The defaults of MCP for omitted hints: not read-only, and destructive unless read-only. */
export function toolHints({ annotations }: Pick<ToolDefinition, 'annotations'>): {
  readonly readOnly: boolean
  readonly destructive: boolean
} {
  const readOnly = annotations?.readOnlyHint === true
  return { readOnly, destructive: !readOnly && annotations?.destructiveHint !== false }
}

/** Whether the policy DESTRUCTIVE applies to the tool. A hint that a refresh loosened counts once it is accepted. */
export function countsAsDestructive({
  definition,
  holdsHints,
}: Pick<ToolRecord, 'definition' | 'holdsHints'>): boolean {
  return holdsHints || toolHints(definition).destructive
}

/** Whether a changed definition says that the tool does less harm than before. */
export function loosensHints(before: ToolDefinition, after: ToolDefinition): boolean {
  return toolHints(before).destructive && !toolHints(after).destructive
}

/** Whether a run of the tool waits for an approval: the tool's policy decides, else the server's. */
export function needsApproval(
  tool: Pick<ToolRecord, 'definition' | 'holdsHints' | 'settings'>,
  server: { readonly approvalPolicy: ToolApprovalPolicy },
): boolean {
  const policy = tool.settings.approvalPolicy ?? server.approvalPolicy
  return policy === 'ALWAYS' || (policy === 'DESTRUCTIVE' && countsAsDestructive(tool))
}

const strictness: Readonly<Record<ToolApprovalPolicy, number>> = { NEVER: 0, DESTRUCTIVE: 1, ALWAYS: 2 }

export function isLooser(after: ToolApprovalPolicy, before: ToolApprovalPolicy): boolean {
  return strictness[after] < strictness[before]
}
