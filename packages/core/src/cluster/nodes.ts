import { isRegistryError } from '../base/errors.ts'
import { createOwnerId, type OwnerId } from '../base/ids.ts'
import { type ProcessSpace, processSpace, processStart } from '../base/process-identity.ts'
import type { OwnerRecord } from '../model/job.ts'
import type { GoneOwners, Storage, StoredOwner } from '../storage/storage.ts'

async function describeProcess(space: ProcessSpace | undefined): Promise<OwnerRecord['process']> {
  const startedAs = space && (await processStart(process.pid))
  return space && startedAs !== undefined ? { ...space, pid: process.pid, startedAs } : null
}

/** A process of another machine or boot is gone: one SQLite file is not used from two machines at a time. */
async function hasProcess({ process: owner }: OwnerRecord, space: ProcessSpace | undefined): Promise<boolean> {
  if (!owner || !space || owner.host !== space.host || owner.boot !== space.boot) return false
  return (await processStart(owner.pid)) === owner.startedAs
}

function byAge(one: StoredOwner, other: StoredOwner): number {
  return one.openedAt - other.openedAt || (one.id < other.id ? -1 : 1)
}

/** Those whose process, or lease, lives. */
export async function livingOwners(owners: readonly StoredOwner[]): Promise<readonly StoredOwner[]> {
  const space = await processSpace()
  const living: StoredOwner[] = []
  for (const owner of owners) if (await isAlive(owner, space)) living.push(owner)
  return living
}

async function isAlive(owner: StoredOwner, space: ProcessSpace | undefined): Promise<boolean> {
  return owner.lapsesInMs === null ? hasProcess(owner, space) : owner.lapsesInMs >= 0
}

export interface Gone {
  readonly isGone: GoneOwners
  readonly ids: readonly OwnerId[]
  readonly isAlone: boolean
  /** Whether this one has been there for longest: it does what needs one alone. */
  readonly isOldest: boolean
  /** When the next lease of another one lapses, in ms from now; undefined: there is none. */
  readonly nextLapseMs: number | undefined
}

/** Which registries work on the jobs of a storage, so that nobody settles what another one still works on. */
export interface Owners {
  /** Another one after each `reenter`. */
  readonly self: OwnerId
  /** Undefined where a process that lives is never taken for gone. */
  readonly leaseMs: number | undefined
  /** Those that ended without closing: by their process or their lease. What belongs to nobody counts as theirs. */
  gone(): Promise<Gone>
  /** LEASE_LOST where others have taken this one for gone. */
  renew(): Promise<void>
  /** After LEASE_LOST: goes on as another owner. */
  reenter(): Promise<void>
  /** To be called when nothing of this registry goes on any more. */
  leave(): Promise<void>
}

/** Records this registry among the owners. */
export async function enterOwners(storage: Storage, wantedLeaseMs: number): Promise<Owners> {
  const leaseMs = storage.ownership === 'LEASE' ? wantedLeaseMs : undefined
  const space = await processSpace()
  const ownProcess = await describeProcess(space)

  async function enter(): Promise<OwnerId> {
    const owner: OwnerRecord = { id: createOwnerId(), process: ownProcess, openedAt: Date.now() }
    await storage.commit([{ kind: 'insertOwner', owner, leaseMs: leaseMs ?? null }], null)
    storage.useLease(owner.id)
    return owner.id
  }

  let self = await enter()
  return {
    get self() {
      return self
    },
    leaseMs,
    async gone() {
      const owners = await storage.owners()
      const alive = new Set([self])
      for (const each of owners) if (each.id !== self && (await isAlive(each, space))) alive.add(each.id)
      const lapses = owners.flatMap(({ id, lapsesInMs }) => (lapsesInMs === null || id === self ? [] : [lapsesInMs]))
      return {
        isGone: (id) => id === null || !alive.has(id),
        ids: owners.flatMap(({ id }) => (alive.has(id) ? [] : [id])),
        isAlone: alive.size === 1,
        isOldest: owners.filter(({ id }) => alive.has(id)).toSorted(byAge)[0]?.id === self,
        nextLapseMs: lapses.length === 0 ? undefined : Math.max(0, Math.min(...lapses)),
      }
    },
    async renew() {
      if (leaseMs !== undefined) await storage.commit([{ kind: 'renewOwner', ownerId: self, leaseMs }], null)
    },
    async reenter() {
      self = await enter()
    },
    async leave() {
      try {
        await storage.commit([{ kind: 'deleteOwner', ownerId: self }], null)
      } catch (error) {
        // Somebody who could not see this process, or did not hear of it, took it for gone.
        if (!isRegistryError(error, 'NOT_FOUND')) throw error
      }
    },
  }
}
