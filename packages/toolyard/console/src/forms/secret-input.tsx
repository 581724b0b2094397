import { PasswordInput, type PasswordInputProps } from '@mantine/core'
import { useId } from 'react'

/** A masked field. Links its error and description to the input, which Mantine's own does not. */
export function SecretInput(props: PasswordInputProps) {
  const id = useId()
  const { error, description } = props
  const described = [error && typeof error !== 'boolean' ? `${id}-error` : '', description ? `${id}-description` : '']
  return (
    <PasswordInput
      {...props}
      id={id}
      aria-invalid={error ? true : undefined}
      aria-describedby={described.join(' ').trim() || undefined}
      autoComplete="off"
      spellCheck={false}
      visibilityToggleFocusable
      visibilityToggleButtonProps={{ 'aria-label': 'Show value' }}
    />
  )
}
