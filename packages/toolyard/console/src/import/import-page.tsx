import { Button, Group, Select, Stack } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { useClient } from 'urql'
import { Link } from 'wouter'
import { NeedsScope } from '../api/needs-scope.tsx'
import { type Refusal, refusalOf } from '../api/refusal.ts'
import { PageHead } from '../app/page-head.tsx'
import { Problem } from '../app/problem.tsx'
import { faultsOf } from '../forms/fault-at.ts'
import { useUnsaved } from '../forms/unsaved.ts'
import { type SecretText, secretValue } from '../servers/secret-sources.ts'
import { type ImportInput, importServers, type ImportReport as Report } from './import-documents.ts'
import { ImportReport } from './import-report.tsx'
import { sourceOf } from './import-source.ts'
import { PlannedImport } from './planned-import.tsx'
import { emptySource, SourceFields } from './source-fields.tsx'

const conflicts = [
  { value: 'SKIP', label: 'Skip' },
  { value: 'RENAME', label: 'Add under another name' },
  { value: 'OVERWRITE', label: 'Replace' },
] as const
type Conflict = (typeof conflicts)[number]['value']

export default function ImportPage() {
  const client = useClient()
  const [source, setSource] = useState(emptySource)
  const [onConflict, setOnConflict] = useState<Conflict>('SKIP')
  const [drafts, setDrafts] = useState<ReadonlyMap<string, SecretText>>(new Map())
  const [refusal, setRefusal] = useState<Refusal>()
  const [planned, setPlanned] = useState<Report>()
  const [done, setDone] = useState<Report>()
  const [isAsking, setIsAsking] = useState(false)
  const isEmpty = (source.kind === 'TEXT' ? source.text : source.name).trim() === ''
  useUnsaved(!isEmpty && !done)

  async function ask(dryRun: boolean): Promise<Report | undefined> {
    const variables = [...drafts]
      .filter(([, { value }]) => value !== '')
      .map(([name, secret]) => ({ name, value: secretValue(secret) }))
    setIsAsking(true)
    const sent = await sourceOf(source).catch((fault: unknown) => {
      setRefusal({ message: fault instanceof Error ? fault.message : String(fault), path: ['source'] })
      return undefined
    })
    const input: ImportInput | undefined = sent && { source: sent, dryRun, onConflict, variables }
    const answered = input && (await client.mutation(importServers, { input }).toPromise())
    setIsAsking(false)
    if (!answered) return undefined
    const { data, error } = answered
    const answer = data?.importMcpServers
    setRefusal(refusalOf(answer, error))
    return answer?.__typename === 'ImportMcpServersPayload' ? answer : undefined
  }

  const check = async (event: FormEvent) => {
    event.preventDefault()
    setDone(undefined)
    setPlanned(await ask(true))
  }
  const perform = async () => {
    const report = await ask(false)
    if (!report) return
    setDone(report)
    setPlanned(undefined)
  }
  const anew = (change: () => void) => {
    change()
    setPlanned(undefined)
    setDone(undefined)
    setRefusal(undefined)
  }
  const faults = faultsOf(refusal, ['source'])
  return (
    <Stack gap="md">
      <PageHead title="Import" />
      <form className="panel" onSubmit={(event) => void check(event)}>
        <Stack gap="md" p="md">
          <NeedsScope scope="write">
            <SourceFields
              draft={source}
              change={(part) => anew(() => setSource((before) => ({ ...before, ...part })))}
              error={faults.at('source')}
            />
            <Group gap="md" align="flex-end">
              <Select
                label="If a name exists"
                data={[...conflicts]}
                value={onConflict}
                allowDeselect={false}
                onChange={(value) =>
                  anew(() => setOnConflict(conflicts.find((each) => each.value === value)?.value ?? 'SKIP'))
                }
                flex="1 1 14rem"
              />
              <Button
                type="submit"
                variant={planned ? 'default' : 'filled'}
                loading={isAsking && !planned}
                disabled={isEmpty}
              >
                Preview
              </Button>
            </Group>
          </NeedsScope>
          {faults.rest && <Problem message={faults.rest} />}
        </Stack>
      </form>
      {planned && (
        <PlannedImport
          report={planned}
          drafts={drafts}
          onChange={(name, draft) => setDrafts(new Map([...drafts, [name, draft]]))}
          isAsking={isAsking}
          onImport={() => void perform()}
        />
      )}
      {done && (
        <>
          <ImportReport report={done} title="Imported" />
          <Group>
            <Button component={Link} href="/">
              Go to servers
            </Button>
          </Group>
        </>
      )}
    </Stack>
  )
}
