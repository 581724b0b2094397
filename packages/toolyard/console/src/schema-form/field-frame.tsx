import { showHiddenText } from '@toolyard/core/internal/hidden-text'
import type { ReactNode } from 'react'
import { Description } from '../text/description.tsx'
import type { FieldInfo } from './field-of.ts'

/** Longest label, in characters. */
const maxLabel = 200

/** A foreign label on one line, with invisible characters made visible. */
export function Label({ text }: { readonly text: string }) {
  return <bdi>{showHiddenText(text.slice(0, maxLabel))}</bdi>
}

/** What every input of Mantine takes for a field: label, description and error. */
export function inputProps(field: {
  readonly label: string
  readonly info: FieldInfo
  readonly isRequired: boolean
  readonly fault: string | undefined
  readonly id: string
}): {
  readonly id: string
  readonly label: ReactNode
  readonly description: ReactNode
  readonly descriptionProps: { readonly component: 'div' }
  readonly error: ReactNode
  readonly withAsterisk: boolean
} {
  const { info, label, isRequired, fault, id } = field
  return {
    id,
    label: <Label text={label} />,
    description: info.description === undefined ? undefined : <Description text={info.description} />,
    // Markdown has paragraphs of its own.
    descriptionProps: { component: 'div' },
    error: fault,
    withAsterisk: isRequired,
  }
}
