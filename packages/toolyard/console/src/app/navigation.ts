import { useSyncExternalStore } from 'react'
import type { BrowserLocationHook } from 'wouter/use-browser-location'
import { mayLeave } from '../forms/unsaved.ts'

/** The current path and its index in the tab's history. Each history entry stores the index in its state. */
interface Place {
  readonly path: string
  readonly index: number
}

function indexIn(state: unknown): number | undefined {
  return typeof state === 'object' && state !== null && 'index' in state && typeof state.index === 'number'
    ? state.index
    : undefined
}

function placeNow(index: number): Place {
  if (indexIn(window.history.state) !== index) window.history.replaceState({ index }, '')
  return { path: window.location.pathname, index }
}

let place = placeNow(indexIn(window.history.state) ?? 0)
const listeners = new Set<() => void>()

function moveTo(next: Place): void {
  place = next
  for (const listener of listeners) listener()
}

/** Goes back if the user stays: the browser reports its buttons only after it has navigated. */
function onPopState({ state }: PopStateEvent): void {
  // A link within the page, such as the skip link, adds an entry without an index.
  const index = indexIn(state) ?? place.index + 1
  if (window.location.pathname === place.path || mayLeave()) moveTo(placeNow(index))
  else window.history.go(place.index - index)
}

function subscribe(listener: () => void): () => void {
  if (listeners.size === 0) window.addEventListener('popstate', onPopState)
  listeners.add(listener)
  return () => {
    listeners.delete(listener)
    if (listeners.size === 0) window.removeEventListener('popstate', onPopState)
  }
}

const navigate: ReturnType<BrowserLocationHook>[1] = (to, { replace = false } = {}) => {
  if (!mayLeave()) return
  const index = replace ? place.index : place.index + 1
  window.history[replace ? 'replaceState' : 'pushState']({ index }, '', to)
  moveTo(placeNow(index))
  window.scrollTo(0, 0)
}

/** The location. Links and the browser's buttons leave it only if no typed input would be lost, or the user agrees. */
export const useGuardedLocation: BrowserLocationHook = () => [
  useSyncExternalStore(subscribe, () => place.path),
  navigate,
]
