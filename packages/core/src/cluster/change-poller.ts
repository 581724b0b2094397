import type { News, Storage } from '../storage/storage.ts'

/** How late somebody hears of what another process wrote where the storage has to be asked, in ms. */
const everyMs = 200

export interface ForeignNewsParts {
  readonly storage: Storage
  /** Whether anybody wants to know. */
  readonly isAwaited: () => boolean
  /** Another process has written. */
  readonly onNews: (news: News) => void
  /** The storage could not be asked; it is asked again. */
  readonly onError: (error: unknown) => void
}

/** Tells when another process has written to the storage. Answers the function that stops it. */
export function watchForeignWrites({ storage, isAwaited, onNews, onError }: ForeignNewsParts): () => void {
  if (storage.onNews) return storage.onNews(onNews)
  let version: number | undefined
  const timer = setInterval(() => {
    if (!isAwaited()) return
    try {
      const now = storage.foreignVersion()
      if (now === version) return
      version = now
      onNews({ kind: 'ANYTHING' })
    } catch (error) {
      onError(error)
    }
  }, everyMs).unref()
  return () => clearInterval(timer)
}
