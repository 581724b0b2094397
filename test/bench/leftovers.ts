const cleanups = new Set<() => void>()

process.on('exit', () => {
  for (const cleanup of cleanups) cleanup()
})

/** Runs `cleanup`, which must not wait for anything, if the process ends before the answer is called. */
export function ifInterrupted(cleanup: () => void): () => void {
  cleanups.add(cleanup)
  return () => {
    cleanups.delete(cleanup)
  }
}
