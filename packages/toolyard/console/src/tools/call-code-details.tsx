import { Loader } from '@mantine/core'
import { lazy, Suspense, useState } from 'react'
import { readApiKey } from '../api/api-key.ts'
import type { Args } from './use-args.ts'

const CallCodeView = lazy(() => import('./call-code-view.tsx'))

interface CallCodeProps {
  readonly server: string
  readonly tool: string
  readonly args: Args
}

/** The call as code, folded. */
export function CallCode({ server, tool, args }: CallCodeProps) {
  const [isOpen, setIsOpen] = useState(false)
  return (
    <details onToggle={({ currentTarget }) => setIsOpen(currentTarget.open)}>
      <summary className="quiet">As code</summary>
      {isOpen && (
        <Suspense fallback={<Loader size="xs" />}>
          <CallCodeView server={server} tool={tool} args={args} hasKey={readApiKey() !== undefined} />
        </Suspense>
      )}
    </details>
  )
}
