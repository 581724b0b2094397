import { Badge, Button, Group, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import { Link } from 'wouter'
import { Icon } from '../app/icons.tsx'
import { Problem } from '../app/problem.tsx'
import { ToolChangeView } from '../refreshes/tool-change-view.tsx'
import { JsonView } from '../text/json-view.tsx'
import { Name } from '../text/name.tsx'
import { HiddenTextBadge, ToolWarnings } from '../tools/tool-warnings.tsx'
import type { WaitingTool } from './approval-documents.ts'
import { useHeldApproval } from './hold-approval.ts'

interface WaitingProps {
  readonly tool: WaitingTool
  /** Why approving it together with others failed. */
  readonly failure: string | undefined
}

/** Shows one pending definition and its changes. */
export function Waiting({ tool, failure }: WaitingProps) {
  const [problem, setProblem] = useState<string>()
  const { id, name, server, quarantine } = tool
  const { isApproving, hold } = useHeldApproval({ id, name, digest: quarantine?.digest ?? '' })
  if (!quarantine) return null
  const { kind, definition, changes, warnings } = quarantine
  const shownProblem = problem ?? failure
  return (
    <section className="panel" aria-label={`Change of ${name.slice(0, 100)} of ${server.name.slice(0, 100)}`}>
      <Group className="panel-head" justify="space-between" gap="xs">
        <Group gap="sm" miw={0}>
          <Badge variant="light" color={kind === 'NEW' ? 'teal' : 'orange'}>
            {kind === 'NEW' ? 'New' : 'Changed'}
          </Badge>
          <HiddenTextBadge warnings={warnings} />
          <Link href={`/tools/${id}`} className="main-name">
            <Name>{name}</Name>
          </Link>
          <Text size="sm" className="quiet" component="span">
            <Name>{server.name}</Name>
          </Text>
        </Group>
        <Button
          size="xs"
          disabled={isApproving}
          leftSection={<Icon name="check" size={16} />}
          onClick={() => hold(setProblem)}
          aria-label={`${isApproving ? 'Approving' : 'Approve'} ${name.slice(0, 100)}`}
        >
          {isApproving ? 'Approving' : 'Approve'}
        </Button>
      </Group>
      <Stack gap="sm" p="md">
        {shownProblem && <Problem message={shownProblem} />}
        <ToolWarnings warnings={warnings} />
        {changes.map((change) => (
          <ToolChangeView key={change.pointer} change={change} />
        ))}
        {kind === 'NEW' && <JsonView value={definition} label="Definition" />}
        {kind === 'CHANGED' && (
          <details>
            <summary>Full definition</summary>
            <JsonView value={definition} label="Definition" />
          </details>
        )}
      </Stack>
    </section>
  )
}
