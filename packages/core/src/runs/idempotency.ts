import { canonicalDigest } from '../base/canonical-json.ts'
import { isRegistryError, RegistryError } from '../base/errors.ts'
import type { RunRecord } from '../model/job.ts'
import type { TenantStorage } from '../storage/storage.ts'
import type { RunRecorder } from './run-recorder.ts'

/** Finds and inserts runs by their idempotency keys. */
export interface IdempotentRuns {
  /**
   * The run that has the key of `wanted`; undefined without a key, or if the key has expired.
   *
   * @throws IDEMPOTENCY_CONFLICT
   */
  find(wanted: RunRecord): Promise<RunRecord | undefined>
  /**
   * Inserts the run; answers the earlier run with its key instead, if there is one.
   *
   * @throws IDEMPOTENCY_CONFLICT
   */
  insert(recorder: Pick<RunRecorder, 'run' | 'insert'>): Promise<RunRecord | undefined>
}

/** A key answers its run for `idempotencyKeyMs` after the run was created. */
export function createIdempotentRuns(storage: TenantStorage, idempotencyKeyMs: number): IdempotentRuns {
  async function find(wanted: RunRecord): Promise<RunRecord | undefined> {
    const key = wanted.idempotencyKey
    const earlier = key === null ? undefined : await storage.runs.getByIdempotencyKey(key)
    if (!earlier) return undefined
    if (earlier.createdAt < Date.now() - idempotencyKeyMs) {
      await storage.commit([{ kind: 'updateRun', run: { ...earlier, idempotencyKey: null } }])
      return undefined
    }
    // A run of an earlier version has no digest, and all of its args.
    const argsDigest = earlier.argsDigest ?? canonicalDigest(earlier.args)
    if (earlier.toolId === wanted.toolId && argsDigest === wanted.argsDigest) return earlier
    throw new RegistryError(
      'IDEMPOTENCY_CONFLICT',
      `The idempotency key belongs to ${earlier.id}, a run of "${earlier.toolName}" with another tool or other args`,
      { path: ['idempotencyKey'], details: { jobId: earlier.id, serverId: earlier.serverId } },
    )
  }

  return {
    find,
    async insert(recorder) {
      try {
        await recorder.insert()
      } catch (error) {
        if (recorder.run.idempotencyKey === null || !isRegistryError(error, 'IDEMPOTENCY_CONFLICT')) throw error
        const earlier = await find(recorder.run)
        if (earlier) return earlier
        await recorder.insert()
      }
      return undefined
    },
  }
}
