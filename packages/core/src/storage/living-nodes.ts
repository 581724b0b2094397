import { type ProcessSpace, processSpace, processStart } from '../base/process-identity.ts'
import type { NodeRecord } from '../model/job.ts'
import type { StoredNode } from './storage.ts'

/** A process of another machine or boot is dead: one SQLite file is not used from two machines at a time. */
async function hasProcess({ process: owner }: NodeRecord, space: ProcessSpace | undefined): Promise<boolean> {
  if (!owner || !space || owner.host !== space.host || owner.boot !== space.boot) return false
  return (await processStart(owner.pid)) === owner.startedAs
}

/** The nodes that are alive. */
export async function livingNodes(nodes: readonly StoredNode[]): Promise<readonly StoredNode[]> {
  const space = await processSpace()
  const living: StoredNode[] = []
  for (const node of nodes) if (await isAlive(node, space)) living.push(node)
  return living
}

/** Whether the lease of a node, or its process if it has no lease, is alive. */
export async function isAlive(node: StoredNode, space: ProcessSpace | undefined): Promise<boolean> {
  return node.lapsesInMs === null ? hasProcess(node, space) : node.lapsesInMs >= 0
}
