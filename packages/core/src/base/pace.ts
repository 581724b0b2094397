/** Answers how long the next one has to wait, in ms: each begins so long after the one before at the least. */
export function createPace(everyMs: number): () => number {
  let freeAt = 0
  return () => {
    const now = performance.now()
    const at = Math.max(now, freeAt)
    freeAt = at + everyMs
    return at - now
  }
}
