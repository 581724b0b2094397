import { Textarea, TextInput } from '@mantine/core'
import { type ClipboardEvent, useState } from 'react'
import { dateTimeText, fromDateTimeText, fromTimeText, timeText } from './date-time.ts'
import { inputProps } from './field-frame.tsx'
import { maxLine, type TextKind } from './field-of.ts'
import { emptyOf, type ShapeProps } from './field-props.ts'
import { FileField } from './file-field.tsx'
import { useForm } from './form-context.ts'

const isLong = (text: string) => text.length > maxLine || text.includes('\n')

interface Picker {
  readonly type: string
  readonly step?: number
  /** The text that the browser's control shows; undefined if it cannot show the value. */
  readonly toShown: (value: string) => string | undefined
  readonly fromShown: (shown: string) => string
}

const isDate = (value: string) => (/^\d{4}-\d{2}-\d{2}$/.test(value) ? value : undefined)

const pickers: Partial<Record<TextKind, Picker>> = {
  DATE: { type: 'date', toShown: isDate, fromShown: (shown) => shown },
  TIME: { type: 'time', step: 1, toShown: timeText, fromShown: fromTimeText },
  DATE_TIME: { type: 'datetime-local', step: 1, toShown: dateTimeText, fromShown: fromDateTimeText },
}

const inputTypes: Partial<Record<TextKind, string>> = { EMAIL: 'email', URL: 'url' }

/** A text: on one line until it is longer, or with the browser's picker of dates and times. */
export function TextField(props: ShapeProps<'TEXT'>) {
  const { info, value, pointer, onChange, isRequired } = props
  const form = useForm()
  const text = typeof value === 'string' ? value : ''
  const [isLines, setIsLines] = useState(info.text === 'LINES' || isLong(text))
  if (info.text === 'FILE') return <FileField {...props} />
  const frame = inputProps({ ...props, fault: form.faultAt(pointer), id: form.idOf(pointer) })
  // A required text that was emptied is an empty text; an optional one is left out.
  const change = (next: string) => onChange(next === '' && (!isRequired || info.isNullable) ? emptyOf(props) : next)
  const picker = pickers[info.text]
  const shown = text === '' ? '' : picker?.toShown(text)
  if (picker && shown !== undefined)
    return (
      <TextInput
        {...frame}
        type={picker.type}
        {...(picker.step === undefined ? {} : { step: picker.step })}
        value={shown}
        onChange={({ currentTarget }) =>
          onChange(currentTarget.value === '' ? emptyOf(props) : picker.fromShown(currentTarget.value))
        }
        className="form-line"
        maw="18rem"
      />
    )
  if (isLines)
    return (
      <Textarea
        {...frame}
        value={text}
        onChange={({ currentTarget }) => change(currentTarget.value)}
        autosize
        minRows={3}
        maxRows={16}
        // Focus stays where it was pasted into.
        autoFocus={info.text !== 'LINES' && document.activeElement?.id === form.idOf(pointer)}
      />
    )
  // A line cannot hold the line breaks of what is pasted.
  const paste = (event: ClipboardEvent<HTMLInputElement>) => {
    const pasted = event.clipboardData.getData('text/plain')
    if (!isLong(pasted)) return
    event.preventDefault()
    const { selectionStart, selectionEnd } = event.currentTarget
    change(text.slice(0, selectionStart ?? text.length) + pasted + text.slice(selectionEnd ?? text.length))
    setIsLines(true)
  }
  return (
    <TextInput
      {...frame}
      // Checked by the API: browsers reject addresses that servers accept.
      type="text"
      inputMode={inputTypes[info.text] === 'email' ? 'email' : inputTypes[info.text] === 'url' ? 'url' : 'text'}
      value={text}
      onChange={({ currentTarget }) => change(currentTarget.value)}
      onPaste={paste}
      autoComplete="off"
      spellCheck={false}
    />
  )
}
