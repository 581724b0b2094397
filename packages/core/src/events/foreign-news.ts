import type { Storage } from '../storage/storage.ts'

/** How late somebody hears of what another process wrote, in ms. */
const everyMs = 200

export interface ForeignNewsParts {
  readonly storage: Storage
  /** Whether anybody wants to know. */
  readonly isAwaited: () => boolean
  /** Another process has written, and nobody here knows what. */
  readonly onNews: () => void
  /** The storage could not be asked; it is asked again. */
  readonly onError: (error: unknown) => void
}

/** Tells when another process has written to the storage. Answers the function that stops it. */
export function watchForeignWrites({ storage, isAwaited, onNews, onError }: ForeignNewsParts): () => void {
  let version: number | undefined
  const timer = setInterval(() => {
    if (!isAwaited()) return
    try {
      const now = storage.foreignVersion()
      if (now === version) return
      version = now
      onNews()
    } catch (error) {
      onError(error)
    }
  }, everyMs).unref()
  return () => clearInterval(timer)
}
