import { Button, Group, Stack, TextInput } from '@mantine/core'
import { useState } from 'react'
import { useForm } from './form-context.ts'
import { initialValue } from './initial-value.ts'
import { pointerTo, type Schema } from './schema.ts'

interface EntriesFieldProps {
  /** The schema of each entry. */
  readonly schema: Schema
  readonly pointer: string
  readonly value: Schema
  /** Names that have fields of their own. */
  readonly taken: readonly string[]
  readonly onChange: (value: Schema) => void
}

/** Entries whose names are free. */
export function EntriesField({ schema, pointer, value, taken, onChange }: EntriesFieldProps) {
  const form = useForm()
  const { Field } = form
  const [name, setName] = useState('')
  const entries = Object.entries(value).filter(([each]) => !taken.includes(each))
  const problem = Object.hasOwn(value, name) || taken.includes(name) ? 'This name is taken' : undefined
  const id = `${form.idOf(pointer)}-new`
  const add = () => {
    if (name === '' || problem !== undefined) return
    const first = initialValue(schema, form.root)
    onChange(Object.fromEntries([...Object.entries(value), [name, first ?? '']]))
    setName('')
  }
  return (
    <Stack gap="md">
      {entries.map(([each, held]) => (
        <Group key={each} align="flex-end" gap="xs" wrap="nowrap" className="form-item">
          <div className="form-item-field">
            <Field
              schema={schema}
              pointer={pointerTo(pointer, each)}
              label={each}
              value={held}
              isRequired
              onChange={(next) =>
                onChange(Object.fromEntries(Object.entries(value).map(([at, old]) => [at, at === each ? next : old])))
              }
            />
          </div>
          <Button
            variant="subtle"
            color="gray"
            aria-label={`Remove ${each.slice(0, 60)}`}
            onClick={() => onChange(Object.fromEntries(Object.entries(value).filter(([at]) => at !== each)))}
          >
            Remove
          </Button>
        </Group>
      ))}
      <Group align="flex-end" gap="xs">
        <TextInput
          id={id}
          label="Name of a new entry"
          value={name}
          error={problem}
          onChange={({ currentTarget }) => setName(currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key !== 'Enter' || event.ctrlKey || event.metaKey) return
            event.preventDefault()
            add()
          }}
          autoComplete="off"
          spellCheck={false}
        />
        <Button variant="default" onClick={add} disabled={name === '' || problem !== undefined}>
          Add entry
        </Button>
      </Group>
    </Stack>
  )
}
