import { Button, Group, Stack, Text } from '@mantine/core'
import { type FormEvent, useMemo, useState } from 'react'
import { Name } from '../text/name.tsx'
import { ArgumentFields } from './argument-fields.tsx'
import { expandTemplate, variablesOfTemplate } from './expand-template.ts'
import type { TemplateRow } from './feature-documents.ts'
import { ReadView } from './read-view.tsx'
import { useCompletions } from './use-completions.ts'

interface TemplateFormProps {
  readonly server: { readonly id: string; readonly name: string }
  readonly template: TemplateRow
}

/** Asks for the variables of a URI template, shows the URI that they make, and reads it. */
export function TemplateForm({ server, template: { id, uriTemplate } }: TemplateFormProps) {
  const names = useMemo(() => variablesOfTemplate(uriTemplate), [uriTemplate])
  const [values, setValues] = useState<Readonly<Record<string, string>>>({})
  const [read, setRead] = useState<{ readonly uri: string; readonly count: number }>()
  const completions = useCompletions({ templateId: id })
  const uri = expandTemplate(uriTemplate, values)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setRead((before) => ({ uri, count: (before?.count ?? 0) + 1 }))
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
        <Button type="submit">Read</Button>
        <Text size="sm" className="quiet mono" component="span" miw={0} aria-label="URI">
          <Name>{uri}</Name>
        </Text>
      </Group>
      {read && (
        <ReadView
          key={read.count}
          serverId={server.id}
          resource={{ qualified: { server: server.name, uri: read.uri } }}
        />
      )}
    </Stack>
  )
}
