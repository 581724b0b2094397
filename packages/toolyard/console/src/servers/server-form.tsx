import { Button, Group, NumberInput, Stack, TagsInput, TextInput } from '@mantine/core'
import { type FormEvent, useEffect, useRef, useState } from 'react'
import { useQuery } from 'urql'
import { Link } from 'wouter'
import { registryInfo } from '../api/api-gate.tsx'
import { NeedsScope } from '../api/needs-scope.tsx'
import type { Refusal } from '../api/refusal.ts'
import { Problem } from '../app/problem.tsx'
import { faultsOf } from '../forms/fault-at.ts'
import { useUnsaved } from '../forms/unsaved.ts'
import { useServers } from '../live/live-context.tsx'
import { AdvancedFields, advancedPaths } from './advanced-fields.tsx'
import { ConfigFields, configPaths } from './config-fields.tsx'
import { missingField } from './missing-field.ts'
import { PolicyFields, policyPaths } from './policy-fields.tsx'
import type { ServerDraft } from './server-draft.ts'
import { withSuggestedName } from './suggest-name.ts'

const ownPaths = ['name', 'description', 'labels', ...policyPaths, 'refreshIntervalMs']

/** The field that a new server begins with, by its `data-field`: near the top, so that nothing scrolls to it. */
const firstField = 'command'

/** Shows the field of the token, also for a server without authentication. */
const withToken = (draft: ServerDraft): ServerDraft =>
  draft.auth.kind === 'none' ? { ...draft, auth: { ...draft.auth, kind: 'header' } } : draft

interface ServerFormProps {
  readonly initial: ServerDraft
  readonly submitText: string
  readonly cancelHref: string
  /** Returns the API's error, or undefined if the server was saved. */
  readonly onSubmit: (draft: ServerDraft) => Promise<Refusal | undefined>
}

export function ServerForm({ initial, submitText, cancelHref, onSubmit }: ServerFormProps) {
  // A link may lead to one field, as in ?at=token; a new server begins with its command.
  const [target] = useState(
    () =>
      new URLSearchParams(window.location.search).get('at') ??
      (initial.storedTransport === undefined ? firstField : null),
  )
  const [before] = useState(() => (target === 'token' ? withToken(initial) : initial))
  const [draft, setDraft] = useState(before)
  const [refusal, setRefusal] = useState<Refusal>()
  const [isAsking, setIsAsking] = useState(false)
  const [{ data }] = useQuery({ query: registryInfo })
  const isDirty = JSON.stringify(draft) !== JSON.stringify(before)
  useUnsaved(isDirty)
  const { rows } = useServers()
  const change = (part: Partial<ServerDraft>) =>
    setDraft((before) =>
      withSuggestedName(
        before,
        { ...before, ...part },
        rows.map(({ name }) => name),
      ),
    )
  const form = useRef<HTMLFormElement>(null)
  const faults = faultsOf(refusal, [...ownPaths, ...advancedPaths, ...configPaths(draft.transport)])

  const submit = async (event: FormEvent) => {
    event.preventDefault()
    const missing = missingField(draft)
    if (missing) return setRefusal(missing)
    setIsAsking(true)
    setRefusal(await onSubmit(draft))
    setIsAsking(false)
  }
  // Shows the field at fault, wherever it is on the page.
  useEffect(() => {
    if (!refusal) return
    const field = form.current?.querySelector<HTMLElement>('[aria-invalid=true], [role=alert]')
    field?.scrollIntoView({ block: 'center' })
    field?.focus({ preventScroll: true })
  }, [refusal])
  useEffect(() => {
    const fields = form.current?.querySelectorAll<HTMLElement>('[data-field]') ?? []
    const field = [...fields].find((each) => each.dataset.field === target)
    if (target !== firstField) field?.scrollIntoView({ block: 'center' })
    field?.focus({ preventScroll: true })
  }, [target])
  return (
    <form ref={form} className="panel" onSubmit={(event) => void submit(event)} noValidate>
      <Stack gap="md" p="md">
        <NeedsScope scope="write">
          <TextInput
            label="Name"
            placeholder="From the command or URL"
            required
            value={draft.name}
            onChange={({ currentTarget }) => change({ name: currentTarget.value })}
            error={faults.at('name')}
            spellCheck={false}
          />
          <ConfigFields
            draft={draft}
            change={change}
            faults={faults}
            isStdioAllowed={data?.registryInfo.stdioAllowed ?? true}
          />
          <TextInput
            label="Description"
            value={draft.description}
            onChange={({ currentTarget }) => change({ description: currentTarget.value })}
            error={faults.at('description')}
          />
          <Group gap="md" align="flex-start">
            <PolicyFields draft={draft} change={change} faults={faults} />
            <NumberInput
              label="Refresh every"
              placeholder="never"
              description="In seconds, at least 1"
              suffix=" s"
              min={1}
              value={draft.refreshIntervalSeconds ?? ''}
              onChange={(value) => change({ refreshIntervalSeconds: typeof value === 'number' ? value : undefined })}
              error={faults.at('refreshIntervalMs')}
              flex="1 1 8rem"
            />
            <TagsInput
              label="Labels"
              description="Press Enter after each"
              value={[...draft.labels]}
              onChange={(labels) => change({ labels })}
              error={faults.at('labels')}
              flex="2 1 14rem"
            />
          </Group>
          <AdvancedFields draft={draft} change={change} faults={faults} />
          {faults.rest && <Problem message={faults.rest} />}
        </NeedsScope>
        <Group gap="xs">
          <NeedsScope scope="write" isSaid>
            <Button type="submit" loading={isAsking}>
              {submitText}
            </Button>
          </NeedsScope>
          <Button component={Link} href={cancelHref} variant="default">
            Cancel
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
