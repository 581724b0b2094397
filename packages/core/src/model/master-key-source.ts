/** Where master keys are kept: reads them, making one where there is none, and puts others in their place. */
export interface MasterKeySource {
  /** The first wraps. `onProblem` hears of keys that others may read, too. */
  read(onProblem: (problem: Error) => void): Promise<readonly Uint8Array[]>
  /** All at once: whoever reads gets the old ones or these. */
  replace(keys: readonly Uint8Array[]): Promise<void>
  /** Runs `work` while nobody else who asks may; rejects with INVALID_INPUT where somebody does. */
  alone<T>(work: () => Promise<T>): Promise<T>
}
