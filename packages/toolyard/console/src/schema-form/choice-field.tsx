import { NativeSelect, SegmentedControl, Text } from '@mantine/core'
import { Description } from '../text/description.tsx'
import { branchOf, choiceAt } from './choice.ts'
import { Label } from './field-frame.tsx'
import { fieldOf } from './field-of.ts'
import { emptyOf, type ShapeProps } from './field-props.ts'
import { useForm } from './form-context.ts'
import { initialValue } from './initial-value.ts'
import { isRecord, type Schema } from './schema.ts'

/** Deepest nesting of choices about one value. */
const maxChoices = 8
/** Most characters of labels that stand side by side. */
const maxSwitch = 48

/** The members of a value that another branch knows, too. */
function keptMembers(value: unknown, schema: Schema, root: Schema): unknown {
  const first = initialValue(schema, root)
  const info = fieldOf(schema, root, undefined)
  if (!isRecord(value) || info.kind !== 'OBJECT') return first
  const kept = info.members
    .filter(({ name, schema: of }) => Object.hasOwn(value, name) && fieldOf(of, root, undefined).kind !== 'CONSTANT')
    .map(({ name }) => [name, value[name]] as const)
  return { ...Object.fromEntries(kept), ...(isRecord(first) ? first : {}), ...Object.fromEntries(kept) }
}

/** Alternatives: a switch with the names of the branches, and the fields of the chosen one. */
export function ChoiceField(props: ShapeProps<'CHOICE'>) {
  const { info, pointer, label, value, isRequired, onChange } = props
  const form = useForm()
  const { Field } = form
  const id = form.idOf(pointer)
  const { choices = 0 } = props
  const place = choiceAt(pointer, choices)
  const index = form.chosen.get(place) ?? branchOf(info, form.root, value)
  const branch = info.branches[index]
  const labels = info.branches.map((each) => each.label)
  const switchTo = (next: number) => {
    const to = info.branches[next]
    if (!to || next === index) return
    form.choose(place, next)
    const isNothing = value === undefined && !isRequired
    onChange(isNothing ? emptyOf(props) : keptMembers(value, to.schema, form.root))
  }
  const data = labels.map((each, at) => ({ value: String(at), label: each }))
  const name = pointer === '' ? 'Alternatives' : `Kind of ${label}`
  return (
    <div className="form-choice">
      <div className="form-choice-head">
        <Text size="sm" fw={600} component="span">
          <Label text={pointer === '' ? 'One of' : label} />
          {isRequired && pointer !== '' && <span className="form-required"> *</span>}
        </Text>
        {labels.join('').length <= maxSwitch && labels.length <= 5 ? (
          <SegmentedControl
            size="xs"
            aria-label={name}
            data={data}
            value={String(index)}
            onChange={(next) => switchTo(Number(next))}
          />
        ) : (
          <NativeSelect
            size="xs"
            aria-label={name}
            data={data}
            value={String(index)}
            onChange={({ currentTarget }) => switchTo(Number(currentTarget.value))}
          />
        )}
      </div>
      {info.description !== undefined && pointer !== '' && (
        <div className="form-description" id={`${id}-about`}>
          <Description text={info.description} />
        </div>
      )}
      {branch && choices < maxChoices && (
        <Field
          key={index}
          schema={branch.schema}
          pointer={pointer}
          label={pointer === '' ? label : branch.label}
          value={value}
          isRequired={isRequired}
          choices={choices + 1}
          onChange={onChange}
        />
      )}
    </div>
  )
}
