import { Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { type Scope, useMissingScope } from './viewer.ts'

interface NeedsScopeProps {
  readonly scope: Scope
  /** Whether the page says elsewhere which scope is missing. @default false */
  readonly isSaid?: boolean
  readonly children: ReactNode
}

/** Disables the controls inside if the key lacks the scope, and says so. */
export function NeedsScope({ scope, isSaid = false, children }: NeedsScopeProps) {
  const missing = useMissingScope(scope)
  return (
    <>
      {/* Always there, so that the fields keep what was typed once the answer is known. */}
      <fieldset className="permitted" disabled={missing !== undefined}>
        {children}
      </fieldset>
      {missing !== undefined && !isSaid && (
        <Text size="sm" className="quiet" role="note">
          {missing}
        </Text>
      )}
    </>
  )
}
