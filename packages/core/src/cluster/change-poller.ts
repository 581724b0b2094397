import type { ChangeNotification, Storage } from '../storage/storage.ts'

/** Interval between polls for changes by other processes, in ms. */
const everyMs = 200
/** The same while a change is urgent. */
const urgentEveryMs = 50

export interface ChangePollerDeps {
  readonly storage: Storage
  /** Whether anything depends on changes now; polls are skipped if not. */
  readonly isAwaited: () => boolean
  /** Whether a change is waited for by a server that has asked for input. */
  readonly isUrgent: () => boolean
  /** Receives each change by another process. */
  readonly onChange: (change: ChangeNotification) => void
  /** Receives the failure of a poll; the next one retries. */
  readonly onError: (error: unknown) => void
}

/** Notifies `onChange` of writes by other processes, pushed by the storage or polled. Answers the function that stops it. */
export function pollChanges({ storage, isAwaited, isUrgent, onChange, onError }: ChangePollerDeps): () => void {
  if (storage.onChange) return storage.onChange(onChange)
  let version: number | undefined
  let sinceMs = 0
  const timer = setInterval(() => {
    sinceMs += urgentEveryMs
    if (!isAwaited() || (sinceMs < everyMs && !isUrgent())) return
    sinceMs = 0
    try {
      const now = storage.remoteVersion()
      if (now === version) return
      version = now
      onChange({ kind: 'ANYTHING' })
    } catch (error) {
      onError(error)
    }
  }, urgentEveryMs).unref()
  return () => clearInterval(timer)
}
