import { Select } from '@mantine/core'
import type { Faults } from '../forms/fault-at.ts'
import { approvalPolicies } from '../pauses/approval-policies.ts'
import { inputPolicies } from '../pauses/input-policies.ts'
import type { ServerDraft } from './server-draft.ts'
import { toolChangePolicies } from './tool-change-policies.ts'

export const policyPaths = ['toolChangePolicy', 'approvalPolicy', 'inputPolicy'] as const

interface PolicyFieldsProps {
  readonly draft: ServerDraft
  readonly change: (part: Partial<ServerDraft>) => void
  readonly faults: Faults
}

/** What happens by itself, and what waits for a person. */
export function PolicyFields({ draft, change, faults }: PolicyFieldsProps) {
  return (
    <>
      <Select
        label="New and changed tools"
        description="Applied by each refresh"
        data={[...toolChangePolicies]}
        value={draft.policy}
        allowDeselect={false}
        onChange={(value) =>
          change({ policy: toolChangePolicies.find((each) => each.value === value)?.value ?? 'ACCEPT' })
        }
        error={faults.at('toolChangePolicy')}
        flex="1 1 14rem"
      />
      <Select
        label="Runs need approval"
        description="A tool may have its own setting"
        data={[...approvalPolicies]}
        value={draft.approvalPolicy}
        allowDeselect={false}
        onChange={(value) =>
          change({ approvalPolicy: approvalPolicies.find((each) => each.value === value)?.value ?? 'NEVER' })
        }
        error={faults.at('approvalPolicy')}
        flex="1 1 14rem"
      />
      <Select
        label="Requests for input"
        description="If the server asks during a run"
        data={[...inputPolicies]}
        value={draft.inputPolicy}
        allowDeselect={false}
        onChange={(value) =>
          change({ inputPolicy: inputPolicies.find((each) => each.value === value)?.value ?? 'PAUSE' })
        }
        error={faults.at('inputPolicy')}
        flex="1 1 14rem"
      />
    </>
  )
}
