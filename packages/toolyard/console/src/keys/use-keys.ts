import { useLocalStorage } from '@mantine/hooks'
import { useLayoutEffect, useRef } from 'react'
import { nothingBegun, pressOf, take } from './press.ts'
import { isSingleKey, type ShortcutDeed } from './shortcuts.ts'

const typing =
  'input:not([type=checkbox], [type=radio], [type=file], [type=button], [type=submit]), textarea, select, [contenteditable=true], [role=textbox], [role=listbox]'

/** Whether the element takes characters itself. */
const takesCharacters = (element: EventTarget | null) => element instanceof Element && element.closest(typing) !== null

/** Something that has the whole attention, and keys of its own. */
const isDialogOpen = () => document.querySelector('dialog[open], [aria-modal=true]') !== null

/**
 * Whether keys without a modifier count. The user can turn them off: dictation and some keyboards type characters by
 * accident (WCAG 2.1.4).
 */
export function useSingleKeys(): readonly [boolean, (isOn: boolean) => void] {
  const [isOn, setIsOn] = useLocalStorage({
    key: 'toolyard.single-keys',
    defaultValue: true,
    getInitialValueInEffect: false,
  })
  return [isOn, setIsOn]
}

/** Calls `onDeed` for each shortcut that is pressed on the page, except in fields and dialogs, and while `isPaused`. */
export function useKeys(onDeed: (deed: ShortcutDeed) => void, isPaused: boolean): void {
  const [hasSingleKeys] = useSingleKeys()
  const newest = useRef(onDeed)
  // Before the page is painted: a key that follows at once must not be lost.
  useLayoutEffect(() => {
    newest.current = onDeed
  })
  useLayoutEffect(() => {
    if (isPaused) return
    let begun = nothingBegun
    const onKeyDown = (event: KeyboardEvent) => {
      const press = pressOf(event)
      if (press === undefined || event.defaultPrevented || event.isComposing || event.repeat || isDialogOpen()) return
      const taken = take(begun, press, event.timeStamp)
      begun = taken.begun
      const { found } = taken
      if (!found || found.deed.type === 'RUN') return
      if (isSingleKey(found) && (!hasSingleKeys || takesCharacters(event.target))) return
      event.preventDefault()
      newest.current(found.deed)
    }
    window.addEventListener('keydown', onKeyDown)
    return () => window.removeEventListener('keydown', onKeyDown)
  }, [hasSingleKeys, isPaused])
}
