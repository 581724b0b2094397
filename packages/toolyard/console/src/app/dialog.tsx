import { type ReactNode, type RefObject, useEffect, useRef } from 'react'

interface DialogProps {
  readonly label: string
  readonly dialog: RefObject<HTMLDialogElement | null>
  /** Called after it closed and the focus is back where it was. */
  readonly onClose: () => void
  readonly children: ReactNode
}

/** The element of a `Dialog`, and what closes it. */
export function useDialog(): { readonly dialog: RefObject<HTMLDialogElement | null>; readonly close: () => void } {
  const dialog = useRef<HTMLDialogElement>(null)
  return { dialog, close: () => dialog.current?.close() }
}

/** A modal dialog of the browser's own: it holds the focus, closes with Escape, and gives the focus back. */
export function Dialog({ label, dialog, onClose, children }: DialogProps) {
  useEffect(() => {
    if (dialog.current?.open === false) dialog.current.showModal()
  }, [dialog])
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes it too
    <dialog
      ref={dialog}
      className="dialog"
      aria-label={label}
      onClose={onClose}
      onClick={({ target, currentTarget }) => target === currentTarget && currentTarget.close()}
    >
      {children}
    </dialog>
  )
}
