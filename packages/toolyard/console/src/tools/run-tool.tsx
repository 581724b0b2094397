import { Button, Group, Loader, SegmentedControl, Stack, Text, Textarea, Title } from '@mantine/core'
import { type FormEvent, type KeyboardEvent, lazy, Suspense, useMemo, useRef, useState } from 'react'
import { useClient } from 'urql'
import { type Refusal, refusalOf } from '../api/refusal.ts'
import { Icon } from '../app/icons.tsx'
import { Problem } from '../app/problem.tsx'
import { missingOf, useCallers } from '../caller/caller-drafts.tsx'
import { type CalledServer, CallerFields } from '../caller/caller-fields.tsx'
import { useUnsaved } from '../forms/unsaved.ts'
import { startRun } from '../runs/run-documents.ts'
import { RunView } from '../runs/run-view.tsx'
import { hasFields } from '../schema-form/has-fields.ts'
import { initialForm } from '../schema-form/initial-value.ts'
import type { FormIssue } from '../schema-form/issue-words.ts'
import type { SchemaFormHandle } from '../schema-form/schema-form.tsx'
import { type Args, useArgs } from './use-args.ts'

const SchemaForm = lazy(() => import('../schema-form/schema-form.tsx'))

/** Largest schema for a form, in characters: a larger form is useless and takes seconds to appear. */
const maxFormSchema = 200_000

const argsProblem = "The args do not match the tool's input schema. Nothing was sent."

interface RunToolProps {
  readonly toolId: string
  readonly server: CalledServer
  readonly schema: Args
  /** The args of the run that is repeated. */
  readonly initial: Args | undefined
  /** Why the tool cannot be run now. */
  readonly obstacle: string | undefined
}

export function RunTool({ toolId, server, schema, initial, obstacle }: RunToolProps) {
  const isTooLarge = useMemo(() => JSON.stringify(schema).length > maxFormSchema, [schema])
  const [first] = useState(() => initial ?? (isTooLarge ? {} : initialForm(schema)))
  const draft = useArgs(first, isTooLarge ? 'JSON' : 'FORM')
  const [issues, setIssues] = useState<readonly FormIssue[]>([])
  const [refusal, setRefusal] = useState<Refusal>()
  const [isStarting, setIsStarting] = useState(false)
  const [runId, setRunId] = useState<string>()
  const client = useClient()
  const callers = useCallers()
  useUnsaved(draft.isTyped)
  const isForm = draft.mode === 'FORM'
  const isIncomplete = missingOf(callers.draftOf(server.id), server.variables).length > 0
  const form = useRef<SchemaFormHandle>(null)

  async function run(): Promise<void> {
    const args = draft.take()
    if (!args || (isForm && form.current?.check() === false)) return
    setIsStarting(true)
    const { data, error } = await client
      .mutation(startRun, { input: { tool: { id: toolId }, args, wait: false, ...callers.inputOf(server.id) } })
      .toPromise()
    setIsStarting(false)
    const answer = data?.runMcpTool
    const refused = refusalOf(answer, error)
    callers.settle(server.id, refused)
    setRefusal(refused)
    setIssues(answer?.__typename === 'ToolArgsError' ? answer.issues : [])
    if (answer?.__typename === 'RunMcpToolPayload') {
      draft.markSent()
      setRunId(answer.run.id)
    }
  }

  const submit = (event: FormEvent) => {
    event.preventDefault()
    void run()
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void run()
  }
  return (
    <Stack gap="md">
      <form className="panel" onSubmit={submit} onKeyDown={onKeyDown} aria-label="Run this tool" noValidate>
        <Group className="panel-head" justify="space-between" gap="xs">
          <Title order={2}>Run</Title>
          <SegmentedControl
            size="xs"
            aria-label="Args as"
            data={[
              { value: 'FORM', label: 'Form', disabled: isTooLarge },
              { value: 'JSON', label: 'JSON' },
            ]}
            value={draft.mode}
            onChange={(value) => draft.setMode(value === 'JSON' ? 'JSON' : 'FORM')}
          />
        </Group>
        <Stack gap="sm" p="md">
          {isForm && hasFields(schema) && (
            <Suspense fallback={<Loader size="sm" aria-label="Loading the form" />}>
              <SchemaForm
                ref={form}
                schema={schema}
                value={draft.args}
                issues={issues}
                onChange={(args) => {
                  draft.setArgs(args, true)
                  if (issues.length === 0) return
                  setIssues([])
                  setRefusal(undefined)
                }}
              />
            </Suspense>
          )}
          {isForm && !hasFields(schema) && (
            <Text size="sm" className="quiet">
              This tool takes no args.
            </Text>
          )}
          {!isForm && (
            <Textarea
              label="Args"
              description={isTooLarge ? 'The schema is too large for a form.' : undefined}
              value={draft.text}
              onChange={({ currentTarget }) => draft.setText(currentTarget.value)}
              error={draft.textProblem}
              classNames={{ input: 'mono' }}
              autosize
              minRows={6}
              maxRows={24}
              spellCheck={false}
            />
          )}
          {refusal && !isIncomplete && <Problem message={issues.length > 0 ? argsProblem : refusal.message} />}
          {!isForm && issues.length > 0 && (
            <ul className="issues" aria-label="Invalid args">
              {issues.map(({ pointer, message }) => (
                <li key={`${pointer} ${message}`}>
                  <code>
                    <bdi>{pointer.slice(0, 200) || '/'}</bdi>
                  </code>{' '}
                  {message.slice(0, 400)}
                </li>
              ))}
            </ul>
          )}
          <CallerFields server={server} />
          <Group gap="sm">
            <Button
              type="submit"
              loading={isStarting}
              disabled={obstacle !== undefined}
              leftSection={<Icon name="play" size={16} />}
            >
              Run
            </Button>
            <Text size="sm" className="quiet">
              {obstacle ?? 'Ctrl + Enter'}
            </Text>
          </Group>
        </Stack>
      </form>
      {runId !== undefined && <RunView key={runId} id={runId} />}
    </Stack>
  )
}
