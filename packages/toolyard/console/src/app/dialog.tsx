import { type ReactNode, type RefObject, useEffect, useRef } from 'react'

interface DialogHandle {
  readonly element: RefObject<HTMLDialogElement | null>
  readonly close: () => void
}

interface DialogProps {
  readonly label: string
  readonly dialog: DialogHandle
  readonly children: ReactNode
}

/**
 * The element of a `Dialog`, and what closes it. `onClose` is called once, after it closed and the focus is back where it
 * was.
 */
export function useDialog(onClose: () => void): DialogHandle {
  const element = useRef<HTMLDialogElement>(null)
  const hasClosed = useRef(false)
  // The browser's event comes in a later task: a key pressed before it would meet a dialog that is neither open nor gone.
  const close = () => {
    if (hasClosed.current) return
    hasClosed.current = true
    element.current?.close()
    onClose()
  }
  return { element, close }
}

/** A modal dialog of the browser's own: it holds the focus, closes with Escape, and gives the focus back. */
export function Dialog({ label, dialog: { element, close }, children }: DialogProps) {
  useEffect(() => {
    if (element.current?.open === false) element.current.showModal()
  }, [element])
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes it too
    <dialog
      ref={element}
      className="dialog"
      aria-label={label}
      onCancel={close}
      onClose={close}
      onClick={({ target, currentTarget }) => target === currentTarget && close()}
    >
      {children}
    </dialog>
  )
}
