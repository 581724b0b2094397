import { isRegistryError } from '../errors.ts'
import { createOwnerId, type OwnerId } from '../ids.ts'
import { type ProcessSpace, processSpace, processStart } from '../process-identity.ts'
import type { GoneOwners, Storage } from '../storage/storage.ts'
import type { OwnerRecord } from './job.ts'

async function describeProcess(space: ProcessSpace | undefined): Promise<OwnerRecord['process']> {
  const startedAs = space && (await processStart(process.pid))
  return space && startedAs !== undefined ? { ...space, pid: process.pid, startedAs } : null
}

/** A process of another machine or boot is gone: one SQLite file is not used from two machines at a time. */
async function isAlive({ process: owner }: OwnerRecord, space: ProcessSpace | undefined): Promise<boolean> {
  if (!owner || !space || owner.host !== space.host || owner.boot !== space.boot) return false
  return (await processStart(owner.pid)) === owner.startedAs
}

/** Which registries work on the jobs of a storage, so that nobody settles what another one still works on. */
export interface Owners {
  readonly self: OwnerId
  /** Those whose process has ended without closing them; what belongs to nobody counts as theirs. */
  gone(): Promise<{ readonly isGone: GoneOwners; readonly ids: readonly OwnerId[]; readonly isAlone: boolean }>
  /** To be called when nothing of this registry goes on any more. */
  leave(): Promise<void>
}

/** Records this registry among the owners. */
export async function enterOwners(storage: Storage): Promise<Owners> {
  const self = createOwnerId()
  const space = await processSpace()
  const owner: OwnerRecord = { id: self, process: await describeProcess(space), openedAt: Date.now() }
  await storage.commit([{ kind: 'insertOwner', owner }])
  return {
    self,
    async gone() {
      const owners = await storage.owners()
      const alive = new Set([self])
      for (const each of owners) if (await isAlive(each, space)) alive.add(each.id)
      return {
        isGone: (id) => id === null || !alive.has(id),
        ids: owners.flatMap(({ id }) => (alive.has(id) ? [] : [id])),
        isAlone: alive.size === 1,
      }
    },
    async leave() {
      try {
        await storage.commit([{ kind: 'deleteOwner', ownerId: self }])
      } catch (error) {
        // Another machine, which cannot see this process, took it for gone.
        if (!isRegistryError(error, 'NOT_FOUND')) throw error
      }
    },
  }
}
