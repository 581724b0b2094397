import { Button } from '@mantine/core'
import { showHiddenText } from '@toolyard/core/internal/hidden-text'
import { type FocusEvent, useSyncExternalStore } from 'react'
import { canUndo, type ShownToast, type Toasts } from './toasts.ts'

const endWords: Readonly<Record<ShownToast['kind'], string>> = {
  DONE: 'Dismiss',
  HELD: 'Do it now',
  PROBLEM: 'Dismiss',
}

interface ToastViewProps {
  readonly toast: ShownToast
  readonly toasts: Toasts
}

function ToastView({ toast, toasts }: ToastViewProps) {
  const { id, kind, text } = toast
  // The button that has the focus leaves with the toast.
  const andMoveFocus = (act: (id: number) => void) => {
    document.getElementById('content')?.focus({ preventScroll: true })
    toasts.resume()
    act(id)
  }
  return (
    <li className="toast" data-toast={kind}>
      <span className="toast-text" dir="auto">
        {showHiddenText(text.slice(0, 500))}
      </span>
      {canUndo(toast) && (
        <Button size="compact-sm" variant="light" onClick={() => andMoveFocus(toasts.undo)}>
          Undo
        </Button>
      )}
      <Button size="compact-sm" variant="subtle" color="gray" onClick={() => andMoveFocus(toasts.end)}>
        {endWords[kind]}
      </Button>
    </li>
  )
}

/** The toasts, said as they come. Their clocks stand still while the pointer or the focus is in them. */
export function ToastList({ toasts }: { readonly toasts: Toasts }) {
  const shown = useSyncExternalStore(toasts.subscribe, toasts.get)
  const onBlur = ({ currentTarget, relatedTarget }: FocusEvent) => {
    if (!currentTarget.contains(relatedTarget)) toasts.resume()
  }
  return (
    <section
      aria-label="Notifications"
      className="toasts"
      onPointerEnter={toasts.pause}
      onPointerLeave={toasts.resume}
      onFocus={toasts.pause}
      onBlur={onBlur}
    >
      <ul className="list" aria-live="polite" aria-relevant="additions">
        {shown.map((toast) => (
          <ToastView key={toast.id} toast={toast} toasts={toasts} />
        ))}
      </ul>
    </section>
  )
}
