import { isRegistryError } from '../base/errors.ts'
import { createNodeId, type NodeId } from '../base/ids.ts'
import { type ProcessSpace, processSpace, processStart } from '../base/process-identity.ts'
import type { NodeRecord } from '../model/job.ts'
import { isAlive } from '../storage/living-nodes.ts'
import type { IsDeadNode, Storage, StoredNode } from '../storage/storage.ts'

async function describeProcess(space: ProcessSpace | undefined): Promise<NodeRecord['process']> {
  const startedAs = space && (await processStart(process.pid))
  return space && startedAs !== undefined ? { ...space, pid: process.pid, startedAs } : null
}

function byAge(one: StoredNode, other: StoredNode): number {
  return one.openedAt - other.openedAt || (one.id < other.id ? -1 : 1)
}

export interface DeadNodes {
  readonly isDead: IsDeadNode
  readonly ids: readonly NodeId[]
  readonly isAlone: boolean
  /** Whether this one has been there for longest: it does what needs one alone. */
  readonly isLeader: boolean
  /** When the next lease of another one lapses, in ms from now; undefined: there is none. */
  readonly nextLapseMs: number | undefined
}

/** Which registries work on the jobs of a storage, so that nobody settles what another one still works on. */
export interface Nodes {
  /** Another one after each `rejoin`. */
  readonly self: NodeId
  /** Undefined where a process that lives is never taken for gone. */
  readonly leaseMs: number | undefined
  /** Those that ended without closing: by their process or their lease. What belongs to nobody counts as theirs. */
  deadNodes(): Promise<DeadNodes>
  /** LEASE_LOST where others have taken this one for gone. */
  renew(): Promise<void>
  /** After LEASE_LOST: goes on as another owner. */
  rejoin(): Promise<void>
  /** To be called when nothing of this registry goes on any more. */
  leave(): Promise<void>
}

/** Records this registry among the owners. */
export async function joinCluster(storage: Storage, wantedLeaseMs: number): Promise<Nodes> {
  const leaseMs = storage.ownership === 'LEASE' ? wantedLeaseMs : undefined
  const space = await processSpace()
  const ownProcess = await describeProcess(space)

  async function enter(): Promise<NodeId> {
    const node: NodeRecord = { id: createNodeId(), process: ownProcess, openedAt: Date.now() }
    await storage.commit([{ kind: 'insertNode', node, leaseMs: leaseMs ?? null }], null)
    storage.useLease(node.id)
    return node.id
  }

  let self = await enter()
  return {
    get self() {
      return self
    },
    leaseMs,
    async deadNodes() {
      const nodes = await storage.nodes()
      const alive = new Set([self])
      for (const each of nodes) if (each.id !== self && (await isAlive(each, space))) alive.add(each.id)
      const lapses = nodes.flatMap(({ id, lapsesInMs }) => (lapsesInMs === null || id === self ? [] : [lapsesInMs]))
      return {
        isDead: (id) => id === null || !alive.has(id),
        ids: nodes.flatMap(({ id }) => (alive.has(id) ? [] : [id])),
        isAlone: alive.size === 1,
        isLeader: nodes.filter(({ id }) => alive.has(id)).toSorted(byAge)[0]?.id === self,
        nextLapseMs: lapses.length === 0 ? undefined : Math.max(0, Math.min(...lapses)),
      }
    },
    async renew() {
      if (leaseMs !== undefined) await storage.commit([{ kind: 'renewNode', nodeId: self, leaseMs }], null)
    },
    async rejoin() {
      self = await enter()
    },
    async leave() {
      try {
        await storage.commit([{ kind: 'deleteNode', nodeId: self }], null)
      } catch (error) {
        // Somebody who could not see this process, or did not hear of it, took it for gone.
        if (!isRegistryError(error, 'NOT_FOUND')) throw error
      }
    },
  }
}
