import { Text } from '@mantine/core'
import type { ReactNode } from 'react'

interface PermittedProps {
  /** Why the key may not use the controls; undefined if it may. */
  readonly obstacle: string | undefined
  /** Whether the page says elsewhere why it may not. @default false */
  readonly isSaid?: boolean
  readonly children: ReactNode
}

/** Disables the controls inside if the key may not use them, and says why. */
export function Permitted({ obstacle, isSaid = false, children }: PermittedProps) {
  return (
    <>
      {/* Always there, so that the fields keep what was typed once the answer is known. */}
      <fieldset className="permitted" disabled={obstacle !== undefined}>
        {children}
      </fieldset>
      {obstacle !== undefined && !isSaid && (
        <Text size="sm" className="quiet" role="note">
          {obstacle}
        </Text>
      )}
    </>
  )
}
