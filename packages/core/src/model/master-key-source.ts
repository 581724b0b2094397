/** A store of master keys. */
export interface MasterKeySource {
  /** Reads the keys, the first of which wraps, and creates a missing one. `onProblem` is called if other users may read them. */
  read(onProblem: (problem: Error) => void): Promise<readonly Uint8Array[]>
  /** Replaces all keys at once: readers get the old keys or these. */
  replace(keys: readonly Uint8Array[]): Promise<void>
  /** Runs `work` under a lock. Rejects with INVALID_INPUT if another process holds it. */
  alone<T>(work: () => Promise<T>): Promise<T>
}
