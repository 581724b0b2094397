import { TextInput } from '@mantine/core'
import { useState } from 'react'
import { inputProps } from './field-frame.tsx'
import { emptyOf, type ShapeProps } from './field-props.ts'
import { useForm } from './form-context.ts'

type Parsed = { readonly value: number } | { readonly problem: string }

/** A number as JSON can carry it exactly. */
export function parseNumber(text: string, isInteger: boolean): Parsed {
  const trimmed = text.trim()
  const value = Number(trimmed)
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(trimmed) || !Number.isFinite(value))
    return { problem: isInteger ? 'Enter a whole number' : 'Enter a number' }
  if (/^[+-]?\d+$/.test(trimmed) && !Number.isSafeInteger(value))
    return { problem: 'Too large to be sent without rounding' }
  return { value }
}

/** A number. What was typed stays as it is, also while it is not a number. */
export function NumberField(props: ShapeProps<'NUMBER'>) {
  const { info, value, pointer, onChange } = props
  const form = useForm()
  const [typed, setTyped] = useState({ text: '', of: value })
  // A value from elsewhere replaces what was typed.
  const text = typed.of === value && typed.text !== '' ? typed.text : typeof value === 'number' ? String(value) : ''
  const change = (next: string) => {
    const parsed = next.trim() === '' ? { value: emptyOf(props) } : parseNumber(next, info.isInteger)
    const to = 'value' in parsed ? parsed.value : undefined
    form.reportText(pointer, 'problem' in parsed ? parsed.problem : undefined)
    setTyped({ text: next, of: to })
    onChange(to)
  }
  return (
    <TextInput
      {...inputProps({ ...props, fault: form.faultAt(pointer), id: form.idOf(pointer) })}
      inputMode={info.isInteger ? 'numeric' : 'decimal'}
      value={text}
      onChange={({ currentTarget }) => change(currentTarget.value)}
      autoComplete="off"
      maw="18rem"
      className="form-line"
    />
  )
}
