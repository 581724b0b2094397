import './run-tool.css'
import { Button, Group, SegmentedControl, Stack, Text, Title } from '@mantine/core'
import { type FormEvent, type KeyboardEvent, useMemo, useRef, useState } from 'react'
import { useClient } from 'urql'
import { type Refusal, refusalOf } from '../api/refusal.ts'
import { useMissingScope } from '../api/viewer.ts'
import { Icon } from '../app/icons.tsx'
import { Problem } from '../app/problem.tsx'
import { missingOf, useCallers } from '../caller/caller-drafts.tsx'
import { type CalledServer, CallerFields } from '../caller/caller-fields.tsx'
import { useUnsaved } from '../forms/unsaved.ts'
import { KeyLabels } from '../keys/key-labels.tsx'
import { isPressOf } from '../keys/press.ts'
import { startRun } from '../runs/run-documents.ts'
import { initialForm } from '../schema-form/initial-value.ts'
import type { FormIssue } from '../schema-form/issue-words.ts'
import type { SchemaFormHandle } from '../schema-form/schema-form.tsx'
import { ArgsEditor } from './args-editor.tsx'
import { CallCode } from './call-code-details.tsx'
import { ConfirmRun } from './confirm-run.tsx'
import { IssueList } from './issue-list.tsx'
import { StartedRun } from './started-run.tsx'
import { type Args, useArgs } from './use-args.ts'

/** Largest schema for a form, in characters: a larger form is useless and takes seconds to appear. */
const maxFormSchema = 200_000

const argsProblem = "The args do not match the tool's input schema. Nothing was sent."

interface RunToolProps {
  readonly tool: { readonly id: string; readonly name: string; readonly isDestructive: boolean }
  readonly server: CalledServer & { readonly name: string }
  readonly schema: Args
  /** The run that is repeated. */
  readonly repeated:
    | { readonly id: string; readonly args: Args; readonly tool: { readonly id: string } | null }
    | undefined
  /** Why the tool cannot be run now. */
  readonly obstacle: string | undefined
}

export function RunTool({ tool, server, schema, repeated, obstacle: reason }: RunToolProps) {
  const missingScope = useMissingScope('run')
  const obstacle = reason ?? missingScope
  const isTooLarge = useMemo(() => JSON.stringify(schema).length > maxFormSchema, [schema])
  const [first] = useState(() => repeated?.args ?? (isTooLarge ? {} : initialForm(schema)))
  const draft = useArgs(first, isTooLarge ? 'JSON' : 'FORM')
  const [issues, setIssues] = useState<readonly FormIssue[]>([])
  const [refusal, setRefusal] = useState<Refusal>()
  const [isStarting, setIsStarting] = useState(false)
  const [isAsking, setIsAsking] = useState(false)
  const [runId, setRunId] = useState<string>()
  const client = useClient()
  const callers = useCallers()
  useUnsaved(draft.isTyped)
  const isForm = draft.mode === 'FORM'
  const isIncomplete = missingOf(callers.draftOf(server.id), server.variables).length > 0
  const form = useRef<SchemaFormHandle>(null)

  // An address may name a run of another tool.
  const retriedFrom = repeated?.tool?.id === tool.id ? { retriedFrom: repeated.id } : {}

  async function run(args: Args): Promise<void> {
    setIsStarting(true)
    const { data, error } = await client
      .mutation(startRun, {
        input: { tool: { id: tool.id }, args, wait: false, ...retriedFrom, ...callers.inputOf(server.id) },
      })
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

  /** The args to send, or undefined if something is wrong with them, which is then shown. */
  function takeArgs(): Args | undefined {
    const args = draft.take()
    return args && (!isForm || form.current?.check() !== false) ? args : undefined
  }

  function submit(): void {
    if (isStarting || obstacle !== undefined) return
    const args = takeArgs()
    if (!args) return
    if (tool.isDestructive) setIsAsking(true)
    else void run(args)
  }

  function confirm(): void {
    const args = takeArgs()
    if (args) void run(args)
  }

  const onSubmit = (event: FormEvent) => {
    event.preventDefault()
    submit()
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (isPressOf('RUN', event)) submit()
  }
  return (
    <div className="run-tool">
      <form className="panel" onSubmit={onSubmit} onKeyDown={onKeyDown} aria-label="Run this tool" noValidate>
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
          <ArgsEditor
            schema={schema}
            draft={draft}
            issues={issues}
            isTooLarge={isTooLarge}
            form={form}
            onEdit={() => {
              if (issues.length === 0) return
              setIssues([])
              setRefusal(undefined)
            }}
          />
          {refusal && !isIncomplete && <Problem message={issues.length > 0 ? argsProblem : refusal.message} />}
          {!isForm && <IssueList issues={issues} />}
          <CallerFields server={server} />
          <CallCode server={server.name} tool={tool.name} args={draft.shown} />
        </Stack>
        <div className="run-bar">
          <Button
            type="submit"
            loading={isStarting}
            disabled={obstacle !== undefined}
            leftSection={<Icon name="play" size={16} />}
          >
            Run
          </Button>
          <Text size="sm" className="quiet" component="span">
            {obstacle ?? <KeyLabels presses={['Mod+Enter']} />}
          </Text>
        </div>
      </form>
      <ConfirmRun
        toolName={tool.name}
        serverName={server.name}
        isOpen={isAsking}
        onClose={() => setIsAsking(false)}
        onRun={confirm}
      />
      <StartedRun id={runId} />
    </div>
  )
}
