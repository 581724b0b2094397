import type { ChangeNotification, Storage } from '../storage/storage.ts'

/** Interval between polls for changes by other processes, in ms. */
const everyMs = 200

export interface ChangePollerDeps {
  readonly storage: Storage
  /** Whether anything depends on changes now; polls are skipped if not. */
  readonly isAwaited: () => boolean
  /** Receives each change by another process. */
  readonly onChange: (change: ChangeNotification) => void
  /** Receives the failure of a poll; the next one retries. */
  readonly onError: (error: unknown) => void
}

/** Notifies `onChange` of writes by other processes, pushed by the storage or polled. Answers the function that stops it. */
export function pollChanges({ storage, isAwaited, onChange, onError }: ChangePollerDeps): () => void {
  if (storage.onChange) return storage.onChange(onChange)
  let version: number | undefined
  const timer = setInterval(() => {
    if (!isAwaited()) return
    try {
      const now = storage.remoteVersion()
      if (now === version) return
      version = now
      onChange({ kind: 'ANYTHING' })
    } catch (error) {
      onError(error)
    }
  }, everyMs).unref()
  return () => clearInterval(timer)
}
