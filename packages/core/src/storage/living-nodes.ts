import { type ProcessSpace, processSpace, processStart } from '../base/process-identity.ts'
import type { NodeRecord } from '../model/job.ts'
import type { StoredNode } from './storage.ts'

/** A process of another machine or boot is gone: one SQLite file is not used from two machines at a time. */
async function hasProcess({ process: owner }: NodeRecord, space: ProcessSpace | undefined): Promise<boolean> {
  if (!owner || !space || owner.host !== space.host || owner.boot !== space.boot) return false
  return (await processStart(owner.pid)) === owner.startedAs
}

/** Those whose process, or lease, lives. */
export async function livingNodes(nodes: readonly StoredNode[]): Promise<readonly StoredNode[]> {
  const space = await processSpace()
  const living: StoredNode[] = []
  for (const node of nodes) if (await isAlive(node, space)) living.push(node)
  return living
}

/** Whether its process, or its lease, lives. */
export async function isAlive(owner: StoredNode, space: ProcessSpace | undefined): Promise<boolean> {
  return owner.lapsesInMs === null ? hasProcess(owner, space) : owner.lapsesInMs >= 0
}
