import { Group, Select, Textarea, TextInput } from '@mantine/core'
import type { ChangeEvent } from 'react'
import { SecretInput } from '../forms/secret-input.tsx'
import { type SecretText, sourceOf, sourcePlaceholders, sources } from './secret-sources.ts'

interface SecretValueFieldProps {
  readonly label: string
  readonly description?: string
  /** Shown while there is no value. */
  readonly placeholder?: string
  readonly value: SecretText
  /** Restored when the user returns to its source. */
  readonly stored?: SecretText | undefined
  readonly onChange: (value: SecretText) => void
  readonly error: string | undefined
  readonly required?: boolean
  /** Whether a value has several lines, such as PEM. */
  readonly isLong?: boolean
  /** Its name in links to the form. */
  readonly field?: string
}

/** A field for one secret: its value, which is masked, or what refers to it. */
export function SecretValueField(props: SecretValueFieldProps) {
  const {
    label,
    description,
    placeholder = '',
    value,
    stored,
    onChange,
    error,
    required = false,
    isLong,
    field,
  } = props
  const { from } = value
  const common = {
    label,
    description,
    required,
    error,
    value: value.value,
    autoComplete: 'off',
    'data-field': field,
    spellCheck: false,
    flex: '2 1 8rem',
    // Keeps the labels in one line.
    inputWrapperOrder: ['label' as const, 'input' as const, 'description' as const, 'error' as const],
    onChange: ({ currentTarget }: ChangeEvent<HTMLInputElement | HTMLTextAreaElement>) =>
      onChange({ from, value: currentTarget.value }),
  }
  return (
    <Group gap="xs" align="flex-start" className="secret-field">
      {from !== 'literal' && <TextInput placeholder={sourcePlaceholders[from]} {...common} />}
      {from === 'literal' && isLong && (
        <Textarea placeholder={placeholder} autosize maxRows={8} classNames={{ input: 'mono masked' }} {...common} />
      )}
      {from === 'literal' && !isLong && <SecretInput placeholder={placeholder} {...common} />}
      <Select
        label="From"
        aria-label={`From, for ${label}`}
        data={[...sources]}
        value={from}
        allowDeselect={false}
        onChange={(chosen) => {
          const source = sourceOf(chosen)
          onChange({ from: source, value: source === stored?.from ? stored.value : '' })
        }}
        w="7rem"
      />
    </Group>
  )
}
