import { useEffect } from 'react'

const unsaved = new Set<object>()

/** Asks before the page is left or loaded anew while `isDirty`. */
export function useUnsaved(isDirty: boolean): void {
  useEffect(() => {
    if (!isDirty) return
    const mark = {}
    unsaved.add(mark)
    const ask = (event: BeforeUnloadEvent) => event.preventDefault()
    window.addEventListener('beforeunload', ask)
    return () => {
      unsaved.delete(mark)
      window.removeEventListener('beforeunload', ask)
    }
  }, [isDirty])
}

/** Whether a view may be left: where something typed would be lost, the user says. */
export function mayLeave(): boolean {
  return unsaved.size === 0 || window.confirm('Leave this page? What you typed is lost then.')
}

/** What was typed is saved: nothing asks any more, also before the next rendering. */
export function forgetUnsaved(): void {
  unsaved.clear()
}
