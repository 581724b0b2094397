import { Button, Stack } from '@mantine/core'
import { useState } from 'react'
import { EntriesField } from './entries-field.tsx'
import type { Member } from './field-of.ts'
import { emptyOf, type ShapeProps } from './field-props.ts'
import { useForm } from './form-context.ts'
import { GroupFrame } from './group-frame.tsx'
import { initialObject, isUntouched } from './initial-value.ts'
import { isRecord, pointerTo, type Schema } from './schema.ts'

/** Members shown at once. */
const membersAtOnce = 100

interface MembersProps {
  readonly members: readonly Member[]
  readonly pointer: string
  readonly value: Schema
  readonly onMember: (name: string, value: unknown) => void
}

function Members({ members, pointer, value, onMember }: MembersProps) {
  const { Field } = useForm()
  const [shown, setShown] = useState(membersAtOnce)
  return (
    <>
      {members.slice(0, shown).map(({ name, schema, isRequired }) => (
        <Field
          key={name}
          schema={schema}
          pointer={pointerTo(pointer, name)}
          label={name}
          value={Object.hasOwn(value, name) ? value[name] : undefined}
          isRequired={isRequired}
          onChange={(next) => onMember(name, next)}
        />
      ))}
      {members.length > shown && (
        <Button variant="default" size="compact-sm" onClick={() => setShown(shown + membersAtOnce)}>
          Show {Math.min(membersAtOnce, members.length - shown)} more of {members.length} fields
        </Button>
      )}
    </>
  )
}

function withMember(value: Schema, name: string, next: unknown): Schema {
  // A member named __proto__ is an ordinary member.
  const rest = Object.entries(value).filter(([each]) => each !== name)
  if (next === undefined) return Object.fromEntries(rest)
  return Object.fromEntries(
    Object.hasOwn(value, name)
      ? Object.entries(value).map(([each, before]) => [each, each === name ? next : before])
      : [...rest, [name, next]],
  )
}

/** The members of an object. An optional object is sent once one of them was entered, and not if all are empty again. */
export function ObjectField(props: ShapeProps<'OBJECT'>) {
  const { info, schema, pointer, label, value, isRequired, onChange } = props
  const form = useForm()
  const object = isRecord(value) ? value : {}
  const isRoot = pointer === ''
  const isOptional = !isRequired && !isRoot

  const change = (next: Schema) => onChange(isOptional && isUntouched(next, schema, form.root) ? emptyOf(props) : next)
  const onMember = (name: string, next: unknown) => {
    const before = isRecord(value) ? value : initialObject(schema, form.root)
    change(withMember(before, name, next))
  }
  const fields = () => (
    <Stack gap="md" className="form-fields">
      <Members members={info.members} pointer={pointer} value={object} onMember={onMember} />
      {info.entries && (
        <EntriesField
          schema={info.entries}
          pointer={pointer}
          value={object}
          taken={info.members.map(({ name }) => name)}
          onChange={change}
        />
      )}
    </Stack>
  )
  if (isRoot) return fields()
  const isSent = isRecord(value)
  return (
    <GroupFrame
      pointer={pointer}
      label={label}
      isRequired={isRequired}
      description={info.description}
      isOpen={isSent}
      note={isOptional ? (isSent ? undefined : 'optional, not sent') : undefined}
      actions={
        isOptional &&
        isSent && (
          <Button size="compact-sm" variant="subtle" mt="sm" onClick={() => onChange(emptyOf(props))}>
            Leave out {label.slice(0, 60)}
          </Button>
        )
      }
    >
      {fields}
    </GroupFrame>
  )
}
