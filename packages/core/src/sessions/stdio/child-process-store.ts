import { setTimeout as delay } from 'node:timers/promises'
import { type ProcessSpace, processSpace, processStart, signalGroup } from '../../base/process-identity.ts'
import type { ChildRecord } from '../../model/child-process.ts'
import type { Storage } from '../../storage/storage.ts'

const termGraceMs = 500
const killGraceMs = 1_000
const pollMs = 25

/**
 * Keeps the living children in the storage, beyond the life of this process: the next registry finds those that a
 * killed one left behind. Does nothing on Windows, where the system ends a process's children with it.
 */
export interface ChildProcessStore {
  /** Records the child, which leads a process group. Call it right after the spawn. Never rejects. */
  record(pid: number): Promise<void>
  /** Forgets the child. Call it once the child's group has ended. Never rejects. */
  forget(pid: number): Promise<void>
  /** Ends the groups of children whose registry is dead; resolves once they have ended. */
  reap(): Promise<void>
}

async function groupEndsWithin(groupId: number, ms: number): Promise<boolean> {
  for (let left = ms; left > 0; left -= pollMs) {
    if (!signalGroup(groupId, 0)) return true
    await delay(pollMs)
  }
  return !signalGroup(groupId, 0)
}

/** Whether the group is the recorded child's: the system reuses no pid that is the id of a group. */
async function isSameGroup({ pid, startedAs }: ChildRecord): Promise<boolean> {
  const leader = await processStart(pid)
  return leader === undefined ? signalGroup(pid, 0) : leader === startedAs
}

export function createChildProcessStore(storage: Storage, onError: (error: unknown) => void): ChildProcessStore {
  let known: Promise<{ readonly space: ProcessSpace; readonly ownerStartedAs: string } | undefined> | undefined
  const self = () => {
    known ??= (async () => {
      const space = await processSpace()
      const ownerStartedAs = space && (await processStart(process.pid))
      return space && ownerStartedAs !== undefined ? { space, ownerStartedAs } : undefined
    })()
    return known
  }

  async function endOrphan(record: ChildRecord): Promise<void> {
    if ((await processStart(record.ownerPid)) === record.ownerStartedAs) return
    if (await isSameGroup(record)) {
      signalGroup(record.pid, 'SIGTERM')
      if (!(await groupEndsWithin(record.pid, termGraceMs))) {
        signalGroup(record.pid, 'SIGKILL')
        await groupEndsWithin(record.pid, killGraceMs)
      }
    }
    await storage.commit([{ kind: 'forgetChild', child: record }])
  }

  async function record(pid: number): Promise<void> {
    const me = await self()
    const startedAs = me && (await processStart(pid))
    // The child has ended already: there is nothing to find later.
    if (!me || startedAs === undefined) return
    const { space, ownerStartedAs } = me
    const owner = { ownerPid: process.pid, ownerStartedAs }
    const child: ChildRecord = { ...space, pid, startedAs, ...owner, recordedAt: Date.now() }
    await storage.commit([{ kind: 'recordChild', child }])
  }

  async function forget(pid: number): Promise<void> {
    const me = await self()
    if (me) await storage.commit([{ kind: 'forgetChild', child: { ...me.space, pid } }])
  }

  return {
    record: (pid) => record(pid).catch(onError),
    forget: (pid) => forget(pid).catch(onError),
    async reap() {
      const me = await self()
      if (!me) return
      const records = await storage.children.ofHost(me.space.host)
      await Promise.all(
        records.map((child) =>
          // The processes of an earlier boot ended with it.
          child.boot === me.space.boot ? endOrphan(child) : storage.commit([{ kind: 'forgetChild', child }]),
        ),
      )
    },
  }
}
