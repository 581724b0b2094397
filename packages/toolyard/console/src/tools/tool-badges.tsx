import { Badge, Group } from '@mantine/core'
import type { ResultOf } from '../api/graphql.ts'
import type { toolById } from './tool-documents.ts'
import { HiddenTextBadge } from './tool-warnings.tsx'

type Tool = NonNullable<ResultOf<typeof toolById>['mcpTool']>

/** The server's hints about a tool, and what is wrong with its definition. */
export function ToolBadges({
  annotations,
  schemaHealth,
  warnings,
}: Pick<Tool, 'annotations' | 'schemaHealth' | 'warnings'>) {
  return (
    <Group gap="xs">
      {annotations.readOnlyHint === true && (
        <Badge color="gray" variant="light">
          Read-only
        </Badge>
      )}
      {annotations.destructiveHint === true && (
        <Badge color="red" variant="light">
          Destructive
        </Badge>
      )}
      {annotations.idempotentHint === true && (
        <Badge color="gray" variant="light">
          Idempotent
        </Badge>
      )}
      <HiddenTextBadge warnings={warnings} />
      {schemaHealth.status === 'INVALID' && (
        <Badge color="red" variant="light">
          Schema unusable by models
        </Badge>
      )}
    </Group>
  )
}
