import { createContext, type ReactNode, useContext, useEffect, useState, useSyncExternalStore } from 'react'
import { ToastList } from './toast-list.tsx'
import { createToasts, type ShownToast, type Toasts } from './toasts.ts'

const ToastsContext = createContext<Toasts | undefined>(undefined)

/** Owns the toasts of a session. They outlive the view that showed them; when the page is left, what they hold is sent. */
export function ToastsProvider({ children }: { readonly children: ReactNode }) {
  const [toasts] = useState(createToasts)
  useEffect(() => {
    const flush = () => void toasts.flush()
    window.addEventListener('pagehide', flush)
    return () => {
      window.removeEventListener('pagehide', flush)
      flush()
    }
  }, [toasts])
  return (
    <ToastsContext value={toasts}>
      {children}
      <ToastList toasts={toasts} />
    </ToastsContext>
  )
}

export function useToasts(): Toasts {
  const toasts = useContext(ToastsContext)
  if (!toasts) throw new Error('expected a ToastsProvider above')
  return toasts
}

export function useShownToasts(): readonly ShownToast[] {
  const { subscribe, get } = useToasts()
  return useSyncExternalStore(subscribe, get)
}
