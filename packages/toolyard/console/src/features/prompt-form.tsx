import { Button, Group, Stack } from '@mantine/core'
import { type FormEvent, useRef, useState } from 'react'
import { useClient } from 'urql'
import { NeedsScope } from '../api/needs-scope.tsx'
import { type Refusal, refusalOf } from '../api/refusal.ts'
import { Problem } from '../app/problem.tsx'
import { useCallers } from '../caller/caller-drafts.tsx'
import { ArgumentFields } from './argument-fields.tsx'
import { Conversation } from './conversation.tsx'
import { type PromptRow, type RenderedPrompt, renderPrompt } from './feature-documents.ts'
import { useCompletions } from './use-completions.ts'

interface PromptFormProps {
  readonly serverId: string
  readonly prompt: PromptRow
}

interface Issue {
  readonly pointer: string
  readonly message: string
}

const pointerOf = (name: string) => `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`

/** Asks for the arguments of a prompt, and shows the messages that the server makes of them. */
export function PromptForm({ serverId, prompt }: PromptFormProps) {
  const client = useClient()
  const callers = useCallers()
  const [values, setValues] = useState<Readonly<Record<string, string>>>({})
  const [rendered, setRendered] = useState<RenderedPrompt>()
  const [issues, setIssues] = useState<readonly Issue[]>([])
  const [refusal, setRefusal] = useState<Refusal>()
  const [isAsking, setIsAsking] = useState(false)
  const completions = useCompletions({ prompt: { id: prompt.id } })
  const form = useRef<HTMLFormElement>(null)

  const submit = async (event: FormEvent) => {
    event.preventDefault()
    const missing = prompt.arguments.filter(({ name, required }) => required && values[name] === undefined)
    setIssues(missing.map(({ name }) => ({ pointer: pointerOf(name), message: 'Required' })))
    if (missing.length > 0) {
      requestAnimationFrame(() => form.current?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus())
      return
    }
    setIsAsking(true)
    const input = { prompt: { id: prompt.id }, args: { ...values }, ...callers.inputOf(serverId) }
    const { data, error } = await client.query(renderPrompt, { input }, { requestPolicy: 'network-only' }).toPromise()
    setIsAsking(false)
    const answer = data?.getMcpPrompt
    const refused = refusalOf(answer, error)
    callers.settle(serverId, refused)
    setRefusal(refused)
    setIssues(answer?.__typename === 'ToolArgsError' ? answer.issues : [])
    setRendered(answer?.__typename === 'GetMcpPromptPayload' ? answer : undefined)
  }
  return (
    <Stack gap="sm">
      <form ref={form} onSubmit={(event) => void submit(event)} noValidate aria-label="Arguments of this prompt">
        <Stack gap="sm">
          <ArgumentFields
            fields={prompt.arguments}
            values={values}
            onChange={(next) => {
              setValues(next)
              setIssues([])
            }}
            errorOf={(name) => issues.find(({ pointer }) => pointer === pointerOf(name))?.message}
            completions={completions}
          />
          {refusal && <Problem message={refusal.message} />}
          <Group>
            <NeedsScope scope="run">
              <Button type="submit" loading={isAsking}>
                Get messages
              </Button>
            </NeedsScope>
          </Group>
        </Stack>
      </form>
      {rendered && <Conversation prompt={rendered} />}
    </Stack>
  )
}
