import type { ChangeNotification, Storage } from '../storage/storage.ts'

/** How late somebody hears of what another process wrote where the storage has to be asked, in ms. */
const everyMs = 200

export interface ChangePollerDeps {
  readonly storage: Storage
  /** Whether anybody wants to know. */
  readonly isAwaited: () => boolean
  /** Another process has written. */
  readonly onChange: (change: ChangeNotification) => void
  /** The storage could not be asked; it is asked again. */
  readonly onError: (error: unknown) => void
}

/** Tells when another process has written to the storage. Answers the function that stops it. */
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
