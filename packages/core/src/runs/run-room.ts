import type { BudgetMeter } from '../budgets/budget-meter.ts'

/** Bounds the unfinished runs of a tenant in this process: their number, and the memory of what callers gave them. */
export interface RunRoom {
  hasRoom(bytes: number): boolean
  /**
   * Takes room; answers the function that gives it back, which may be called twice.
   *
   * @throws LIMIT_EXCEEDED, retryable
   */
  take(bytes: number): () => void
}

/** Memory of an unfinished run beside its args, metadata and variables, in bytes; measured with 4,000 runs. */
const bytesOfRun = 12 * 1_024

export function createRunRoom(meter: BudgetMeter): RunRoom {
  const { runsPerTenant, runBytesPerTenant } = meter.budgets
  let runs = 0
  let held = 0

  /** A tenant's only run may take whatever `argsBytes` allows. */
  const hasBytes = (bytes: number) => runs === 0 || held + bytes <= runBytesPerTenant
  const hasRoom = (bytes: number) => runs < runsPerTenant && hasBytes(bytes + bytesOfRun)

  return {
    hasRoom,
    take(given) {
      const bytes = given + bytesOfRun
      if (runs >= runsPerTenant) {
        throw meter.exceeded('runsPerTenant', { what: 'unfinished runs of the tenant', got: runs + 1, retryable: true })
      }
      if (!hasBytes(bytes)) {
        const got = held + bytes
        throw meter.exceeded('runBytesPerTenant', { what: 'args of unfinished runs', got, retryable: true })
      }
      runs += 1
      held += bytes
      let isTaken = true
      return () => {
        if (!isTaken) return
        isTaken = false
        runs -= 1
        held -= bytes
      }
    },
  }
}
