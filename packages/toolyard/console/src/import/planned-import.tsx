import { Button, Group, Stack, Text } from '@mantine/core'
import type { SecretText } from '../servers/secret-sources.ts'
import type { ImportReport as Report } from './import-documents.ts'
import { ImportReport } from './import-report.tsx'
import { VariableFields } from './variable-fields.tsx'

const willDo = ({ entries }: Report) =>
  entries.filter(({ outcome }) => outcome === 'WOULD_CREATE' || outcome === 'WOULD_UPDATE').length

interface PlannedImportProps {
  readonly report: Report
  readonly drafts: ReadonlyMap<string, SecretText>
  readonly onChange: (name: string, draft: SecretText) => void
  readonly isAsking: boolean
  readonly onImport: () => void
}

/** What an import would do, the variables that it needs, and the button that performs it. */
export function PlannedImport({ report, drafts, onChange, isAsking, onImport }: PlannedImportProps) {
  const { requiredVariables } = report
  const count = willDo(report)
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        onImport()
      }}
    >
      <Stack gap="md">
        <ImportReport report={report} title="Preview" />
        {requiredVariables.length > 0 && (
          <VariableFields variables={requiredVariables} drafts={drafts} onChange={onChange} />
        )}
        <Group>
          <Button type="submit" loading={isAsking} disabled={count === 0}>
            {count === 1 ? 'Import 1 server' : `Import ${count} servers`}
          </Button>
          {count === 0 && (
            <Text size="sm" className="quiet">
              Nothing to import.
            </Text>
          )}
        </Group>
      </Stack>
    </form>
  )
}
