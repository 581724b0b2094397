import { useEffect } from 'react'

const unsaved = new Set<object>()

/** Asks before the user leaves or reloads the page while `isDirty`. */
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

/** Whether the user may leave the view. Asks if unsaved input would be lost. */
export function mayLeave(): boolean {
  return unsaved.size === 0 || window.confirm('Leave this page? Unsaved input will be lost.')
}

/** Marks all input as saved at once, before the next render, so that navigation does not ask. */
export function forgetUnsaved(): void {
  unsaved.clear()
}
