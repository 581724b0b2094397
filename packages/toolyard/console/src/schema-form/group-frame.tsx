import { Text } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import { Description } from '../text/description.tsx'
import { Label } from './field-frame.tsx'
import type { FieldProps } from './field-props.ts'
import { useForm } from './form-context.ts'

interface GroupFrameProps extends Pick<FieldProps, 'pointer' | 'label' | 'isRequired'> {
  readonly description: string | undefined
  /** A closed group creates its fields when it is opened: a schema may contain itself. */
  readonly isOpen: boolean
  /** What the group holds, beside its title. */
  readonly note?: string | undefined
  readonly actions?: ReactNode
  readonly children: () => ReactNode
}

/** Fields that belong together: a bold title, a border, and a triangle that closes it. */
export function GroupFrame({
  pointer,
  label,
  isRequired,
  description,
  isOpen,
  note,
  actions,
  children,
}: GroupFrameProps) {
  const form = useForm()
  // Opens with the first value, and stays open when the last one is cleared: the user may be typing.
  const [isShown, setIsShown] = useState(isOpen)
  const [wasOpen, setWasOpen] = useState(isOpen)
  if (isOpen !== wasOpen) {
    setWasOpen(isOpen)
    if (isOpen) setIsShown(true)
  }
  const id = form.idOf(pointer)
  const fault = form.faultAt(pointer)
  return (
    <details
      className="form-group"
      open={isShown}
      onToggle={({ currentTarget }) => setIsShown(currentTarget.open)}
      aria-labelledby={`${id}-title`}
    >
      <summary id={id}>
        <span className="form-group-title" id={`${id}-title`}>
          <Label text={label} />
        </span>
        {isRequired && (
          <span className="form-required" aria-hidden="true">
            {' '}
            *
          </span>
        )}
        {note !== undefined && <span className="quiet form-note"> {note}</span>}
      </summary>
      <div className="form-group-body">
        {description !== undefined && (
          <div className="form-description">
            <Description text={description} />
          </div>
        )}
        {fault !== undefined && (
          <Text size="sm" className="form-fault">
            {fault}
          </Text>
        )}
        {isShown && children()}
        {actions}
      </div>
    </details>
  )
}
