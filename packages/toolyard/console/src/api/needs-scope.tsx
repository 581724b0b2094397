import type { ReactNode } from 'react'
import { Permitted } from './permitted.tsx'
import { type Scope, useMissingScope } from './viewer.ts'

interface NeedsScopeProps {
  readonly scope: Scope
  /** Whether the page says elsewhere which scope is missing. @default false */
  readonly isSaid?: boolean
  readonly children: ReactNode
}

/** Disables the controls inside if the key lacks the scope, and says so. */
export function NeedsScope({ scope, isSaid = false, children }: NeedsScopeProps) {
  return (
    <Permitted obstacle={useMissingScope(scope)} isSaid={isSaid}>
      {children}
    </Permitted>
  )
}
