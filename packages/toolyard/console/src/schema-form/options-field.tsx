import { Button, Checkbox, Group, NativeSelect, Radio } from '@mantine/core'
import { inputProps, Label } from './field-frame.tsx'
import { emptyOf, type ShapeProps } from './field-props.ts'
import { useForm } from './form-context.ts'
import { isSame, listOf } from './schema.ts'

/** Most options shown side by side; more are a list to open. */
const maxRadios = 4

interface RadiosProps extends ShapeProps<'OPTIONS' | 'BOOLEAN'> {
  readonly options: readonly { readonly label: string; readonly value: unknown }[]
}

function Radios(props: RadiosProps) {
  const { options, value, pointer, isRequired, onChange } = props
  const form = useForm()
  const id = form.idOf(pointer)
  const index = options.findIndex((option) => isSame(option.value, value))
  return (
    <Radio.Group
      {...inputProps({ ...props, fault: form.faultAt(pointer), id })}
      name={id}
      value={index < 0 ? null : String(index)}
      onChange={(next) => onChange(options[Number(next)]?.value)}
    >
      <Group gap="md" mt="var(--space-3)">
        {options.map((option, each) => (
          <Radio
            key={option.label}
            value={String(each)}
            label={<Label text={option.label} />}
            {...(each === Math.max(0, index) ? { 'data-focus': id } : {})}
          />
        ))}
        {!isRequired && index >= 0 && (
          <Button size="compact-xs" variant="subtle" onClick={() => onChange(emptyOf(props))}>
            Clear
          </Button>
        )}
      </Group>
    </Radio.Group>
  )
}

/** One of some values: radios up to four, a list for more. */
export function OptionsField(props: ShapeProps<'OPTIONS'>) {
  const { info, value, pointer, isRequired, onChange } = props
  const form = useForm()
  const { options } = info
  if (options.length <= maxRadios) return <Radios {...props} options={options} />
  const index = options.findIndex((option) => isSame(option.value, value))
  return (
    <NativeSelect
      {...inputProps({ ...props, fault: form.faultAt(pointer), id: form.idOf(pointer) })}
      value={index < 0 ? '' : String(index)}
      onChange={({ currentTarget: { value: next } }) =>
        onChange(next === '' ? emptyOf(props) : options[Number(next)]?.value)
      }
      data={[
        { value: '', label: isRequired ? 'Choose…' : 'Not set' },
        ...options.map(({ label }, each) => ({ value: String(each), label: label.slice(0, 200) })),
      ]}
      maw="28rem"
    />
  )
}

const yesNo = [
  { label: 'Yes', value: true },
  { label: 'No', value: false },
]

export function BooleanField(props: ShapeProps<'BOOLEAN'>) {
  return <Radios {...props} options={yesNo} />
}

/** Some of some values. */
export function SetField(props: ShapeProps<'SET'>) {
  const { info, value, pointer, isRequired, onChange } = props
  const form = useForm()
  const id = form.idOf(pointer)
  const chosen = listOf(value)
  const indexes = info.options.flatMap((option, index) =>
    chosen.some((each) => isSame(each, option.value)) ? [String(index)] : [],
  )
  return (
    <Checkbox.Group
      {...inputProps({ ...props, fault: form.faultAt(pointer), id })}
      value={indexes}
      onChange={(next) => {
        const values = info.options.filter((_, index) => next.includes(String(index))).map((option) => option.value)
        onChange(values.length === 0 && !isRequired ? undefined : values)
      }}
    >
      <Group gap="md" mt="var(--space-3)">
        {info.options.map((option, index) => (
          <Checkbox
            key={option.label}
            value={String(index)}
            label={<Label text={option.label} />}
            {...(index === 0 ? { 'data-focus': id } : {})}
          />
        ))}
      </Group>
    </Checkbox.Group>
  )
}
