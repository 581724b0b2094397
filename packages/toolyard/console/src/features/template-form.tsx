import { Button, Group, Stack } from '@mantine/core'
import { variablesOfTemplate } from '@toolyard/core/internal/template-variables'
import { type FormEvent, useMemo, useState } from 'react'
import { NeedsScope } from '../api/needs-scope.tsx'
import { ArgumentFields } from './argument-fields.tsx'
import type { ReadTarget, TemplateRow } from './feature-documents.ts'
import { ReadView } from './read-view.tsx'
import { useCompletions } from './use-completions.ts'

interface TemplateFormProps {
  readonly serverId: string
  readonly template: TemplateRow
}

/** Asks for the variables of a URI template, and reads what they make of it. The API expands it (RFC 6570). */
export function TemplateForm({ serverId, template: { id, uriTemplate } }: TemplateFormProps) {
  const names = useMemo(() => variablesOfTemplate(uriTemplate), [uriTemplate])
  const [values, setValues] = useState<Readonly<Record<string, string>>>({})
  const [read, setRead] = useState<{ readonly target: ReadTarget; readonly count: number }>()
  const completions = useCompletions({ templateId: id })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    // A variable without a value is left out: that is null.
    const given = Object.fromEntries(names.map((name) => [name, Object.hasOwn(values, name) ? values[name] : null]))
    setRead((before) => ({ target: { template: { id, values: given } }, count: (before?.count ?? 0) + 1 }))
  }
  return (
    <Stack gap="sm" component="form" onSubmit={submit}>
      <ArgumentFields
        fields={names.map((name) => ({ name, required: false }))}
        values={values}
        onChange={setValues}
        errorOf={() => undefined}
        completions={completions}
      />
      <Group gap="sm">
        <NeedsScope scope="run">
          <Button type="submit">Read</Button>
        </NeedsScope>
      </Group>
      {read && <ReadView key={read.count} serverId={serverId} target={read.target} />}
    </Stack>
  )
}
