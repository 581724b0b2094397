import { Textarea } from '@mantine/core'
import { InexactNumberError, parseExactJson } from '@toolyard/core/internal/exact-json'
import { useState } from 'react'
import { inputProps } from './field-frame.tsx'
import { emptyOf, type ShapeProps } from './field-props.ts'
import { useForm } from './form-context.ts'

/** Any value, as JSON. */
export function JsonField(props: ShapeProps<'JSON'>) {
  const { value, pointer, onChange } = props
  const form = useForm()
  const [typed, setTyped] = useState({ text: '', of: value })
  const text =
    typed.of === value && typed.text !== ''
      ? typed.text
      : value === undefined
        ? ''
        : JSON.stringify(value, undefined, 2)
  const take = (next: string, to: unknown, problem?: string) => {
    form.reportText(pointer, problem)
    setTyped({ text: next, of: to })
    onChange(to)
  }
  const change = (next: string) => {
    if (next.trim() === '') {
      take(next, emptyOf(props))
      return
    }
    try {
      take(next, parseExactJson(next))
    } catch (error) {
      const problem =
        error instanceof InexactNumberError ? error.message : 'Enter JSON: a text has double quotes, "like this"'
      take(next, undefined, problem)
    }
  }
  const { description, ...frame } = inputProps({ ...props, fault: form.faultAt(pointer), id: form.idOf(pointer) })
  return (
    <Textarea
      {...frame}
      description={
        <>
          {description} <span>As JSON.</span>
        </>
      }
      value={text}
      onChange={({ currentTarget }) => change(currentTarget.value)}
      classNames={{ input: 'mono' }}
      autosize
      minRows={2}
      maxRows={16}
      spellCheck={false}
    />
  )
}
