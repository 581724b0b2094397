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
  /** Whether this node has been open for longest: the leader does the work that one node alone may do. */
  readonly isLeader: boolean
  /** Time until the next lease of another node expires, in ms; undefined if no other node has one. */
  readonly nextLapseMs: number | undefined
}

/** The nodes that share a storage: no node may recover the jobs of one that still works on them. */
export interface Nodes {
  /** This node's id, a new one after each `rejoin`. */
  readonly self: NodeId
  /** Length of a lease, in ms; undefined if a node is dead only once its process is. */
  readonly leaseMs: number | undefined
  /** Finds the nodes that ended without closing, by their process or lease. Jobs without a node count as theirs. */
  deadNodes(): Promise<DeadNodes>
  /** @throws LEASE_LOST if other nodes have taken this one for dead */
  renew(): Promise<void>
  /** Continues as a new node, after LEASE_LOST. */
  rejoin(): Promise<void>
  /** Deletes this node. To be called once nothing of this registry is under way. */
  leave(): Promise<void>
}

/** Records this registry as a node of the storage. */
export async function joinCluster(storage: Storage, wantedLeaseMs: number): Promise<Nodes> {
  const leaseMs = storage.ownership === 'LEASE' ? wantedLeaseMs : undefined
  const space = await processSpace()
  const ownProcess = await describeProcess(space)

  async function join(): Promise<NodeId> {
    const node: NodeRecord = { id: createNodeId(), process: ownProcess, openedAt: Date.now() }
    await storage.commit([{ kind: 'insertNode', node, leaseMs: leaseMs ?? null }], null)
    storage.useLease(node.id)
    return node.id
  }

  let self = await join()
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
      self = await join()
    },
    async leave() {
      try {
        await storage.commit([{ kind: 'deleteNode', nodeId: self }], null)
      } catch (error) {
        // Another node that could not see this process, or received no heartbeat, took it for dead.
        if (!isRegistryError(error, 'NOT_FOUND')) throw error
      }
    },
  }
}
