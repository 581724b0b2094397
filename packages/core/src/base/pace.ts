/** Returns a function for the wait before the next start, in ms: starts are at least `everyMs` apart. */
export function createPace(everyMs: number): () => number {
  let freeAt = 0
  return () => {
    const now = performance.now()
    const at = Math.max(now, freeAt)
    freeAt = at + everyMs
    return at - now
  }
}
