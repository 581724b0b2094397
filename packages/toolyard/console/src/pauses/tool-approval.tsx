import { Alert, Button, Group, Select, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import { useClient } from 'urql'
import { graphql } from '../api/graphql.ts'
import { NeedsScope } from '../api/needs-scope.tsx'
import { refusal, refusalOf } from '../api/refusal.ts'
import { Problem } from '../app/problem.tsx'
import { approveTool } from '../approvals/approval-documents.ts'
import { type ApprovalPolicy, approvalPolicies, approvalPolicyWords } from './approval-policies.ts'

const setToolApproval = graphql(
  `mutation SetToolApproval($id: ID!, $approvalPolicy: ToolApprovalPolicy) {
    setMcpTool(input: { id: $id, approvalPolicy: $approvalPolicy }) {
      __typename
      ... on SetMcpToolPayload { tool { id approvalPolicy } }
      ...Refusal
    }
  }`,
  [refusal],
)

const inherited = 'INHERITED'

interface ToolApprovalProps {
  readonly tool: {
    readonly id: string
    readonly approvalPolicy: ApprovalPolicy | null
    readonly heldHints: { readonly digest: string } | null
    readonly server: { readonly approvalPolicy: ApprovalPolicy }
  }
  readonly onChange: () => void
}

/** Which runs of the tool wait for an approval; and hints that count only once they are accepted. */
export function ToolApproval({ tool, onChange }: ToolApprovalProps) {
  const { id, approvalPolicy, heldHints, server } = tool
  const client = useClient()
  const [problem, setProblem] = useState<string>()
  const set = async (value: string | null) => {
    const policy = approvalPolicies.find((each) => each.value === value)?.value ?? null
    const { data, error } = await client.mutation(setToolApproval, { id, approvalPolicy: policy }).toPromise()
    setProblem(refusalOf(data?.setMcpTool, error)?.message)
    onChange()
  }
  const accept = async (digest: string) => {
    const { data, error } = await client.mutation(approveTool, { id, digest }).toPromise()
    setProblem(refusalOf(data?.approveMcpTool, error)?.message)
    onChange()
  }
  return (
    <NeedsScope scope="write" isSaid>
      <Stack gap="sm">
        <Select
          label="Runs need approval"
          data={[
            { value: inherited, label: `As its server: ${approvalPolicyWords(server.approvalPolicy).toLowerCase()}` },
            ...approvalPolicies,
          ]}
          value={approvalPolicy ?? inherited}
          allowDeselect={false}
          onChange={(value) => void set(value)}
          maw="26rem"
        />
        {heldHints && (
          <Alert color="orange" variant="light">
            <Group justify="space-between" gap="sm">
              <Text size="sm" style={{ flex: '1 1 18rem' }}>
                The server now says that this tool is harmless. Its runs need approval as before, until you accept that.
              </Text>
              <Button size="compact-sm" variant="default" onClick={() => void accept(heldHints.digest)}>
                Accept the hints
              </Button>
            </Group>
          </Alert>
        )}
        {problem && <Problem message={problem} />}
      </Stack>
    </NeedsScope>
  )
}
