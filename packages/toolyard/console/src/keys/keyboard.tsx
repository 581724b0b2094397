import { UnstyledButton } from '@mantine/core'
import { lazy, Suspense, useState } from 'react'
import { useLocation } from 'wouter'
import { Icon } from '../app/icons.tsx'
import { useToasts } from '../toasts/toasts-context.tsx'
import { KeyLabels } from './key-labels.tsx'
import { useKeys } from './use-keys.ts'

const Palette = lazy(() => import('../palette/palette.tsx'))
const KeyList = lazy(() => import('./key-list.tsx'))

/** Gives the page's field for searching the focus. Returns whether there is one. */
function focusSearch(): boolean {
  const field = document.querySelector<HTMLInputElement>('#content [data-page-search]')
  field?.focus()
  return field !== null
}

/** Listens for the keys of the console, and has the button that opens the palette. */
export function Keyboard({ onKeyChange }: { readonly onKeyChange: () => void }) {
  const [opened, setOpened] = useState<'PALETTE' | 'KEYS'>()
  const [, navigate] = useLocation()
  const toasts = useToasts()
  useKeys((deed) => {
    if (deed.type === 'GO') navigate(deed.href)
    else if (deed.type === 'UNDO') toasts.undoLatest()
    else if (deed.type === 'SEARCH' && !focusSearch()) setOpened('PALETTE')
    else if (deed.type === 'PALETTE' || deed.type === 'KEYS') setOpened(deed.type)
    // What is typed while a dialog loads is meant for it.
  }, opened !== undefined)
  const close = () => setOpened(undefined)
  return (
    <>
      <UnstyledButton className="find" aria-keyshortcuts="Control+K Meta+K" onClick={() => setOpened('PALETTE')}>
        <Icon name="search" size={16} />
        <span className="find-words">Find</span>
        <span className="find-keys" aria-hidden="true">
          <KeyLabels presses={['Mod+k']} />
        </span>
      </UnstyledButton>
      <Suspense>
        {opened === 'PALETTE' && (
          <Palette onClose={close} onListKeys={() => setOpened('KEYS')} onKeyChange={onKeyChange} />
        )}
        {opened === 'KEYS' && <KeyList onClose={close} />}
      </Suspense>
    </>
  )
}
