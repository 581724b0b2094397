import { type Client, useClient } from 'urql'
import { refusalOf } from '../api/refusal.ts'
import { type ApprovalPolicy, approvalPolicyWords } from '../pauses/approval-policies.ts'
import type { Attempt } from '../toasts/toasts.ts'
import { useToasts } from '../toasts/toasts-context.tsx'
import { setToolEnabled, setToolPolicy, toolById } from './tool-documents.ts'

interface SetTool {
  readonly id: string
  readonly name: string
  readonly approvalPolicy: ApprovalPolicy | null
}

async function enable(client: Client, id: string, enabled: boolean): Attempt {
  const { data, error } = await client.mutation(setToolEnabled, { id, enabled }).toPromise()
  return refusalOf(data?.setMcpTool, error)?.message
}

async function setPolicy(client: Client, id: string, approvalPolicy: ApprovalPolicy | null): Attempt {
  const { data, error } = await client.mutation(setToolPolicy, { id, approvalPolicy }).toPromise()
  return refusalOf(data?.setMcpTool, error)?.message
}

interface ToolSettings {
  /** Enables or disables the tool, with Undo. Resolves to why that failed. */
  readonly setEnabled: (enabled: boolean) => Attempt
  /** Offers to undo a change of the approval policy, which was another one before. */
  readonly offerPolicyUndo: () => Promise<void>
}

export function useToolSettings({ id, name, approvalPolicy: before }: SetTool): ToolSettings {
  const client = useClient()
  const toasts = useToasts()
  return {
    async setEnabled(enabled) {
      const problem = await enable(client, id, enabled)
      if (problem === undefined)
        toasts.show({
          kind: 'DONE',
          text: `${enabled ? 'Enabled' : 'Disabled'} ${name}`,
          undo: () => enable(client, id, !enabled),
        })
      return problem
    },
    async offerPolicyUndo() {
      const { data } = await client.query(toolById, { id }, { requestPolicy: 'network-only' }).toPromise()
      const tool = data?.mcpTool
      if (!tool || tool.approvalPolicy === before) return
      const words =
        tool.approvalPolicy === null ? 'as its server' : approvalPolicyWords(tool.approvalPolicy).toLowerCase()
      toasts.show({
        kind: 'DONE',
        text: `Runs of ${name} need approval: ${words}`,
        undo: () => setPolicy(client, id, before),
      })
    },
  }
}
