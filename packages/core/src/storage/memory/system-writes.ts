import type { ChildKey } from '../../model/child-process.ts'
import { hasEnded, isPaused } from '../../model/events.ts'
import type { NodeRecord, RefreshRecord, RunRecord } from '../../model/job.ts'
import { holderOf } from '../../model/pause.ts'
import { leaseLost } from '../errors.ts'
import type { OrphanWrite, SystemWrite, Write } from '../write.ts'
import type { MemoryNode, SystemTables, Tables } from './tables.ts'
import { getOrThrow, notFound, put, take, type Undo } from './undo.ts'

const childKey = ({ host, boot, pid }: ChildKey) => JSON.stringify([host, boot, pid])

function leased(node: NodeRecord, leaseMs: number | null): MemoryNode {
  return { ...node, expiresAt: leaseMs === null ? null : Date.now() + leaseMs }
}

/** The writes to one tenant that a write to the jobs of all tenants comes to. */
export function orphanWritesOf(
  { refreshes, runs, pauses }: Tables,
  { nodes }: SystemTables,
  write: OrphanWrite,
): Write[] {
  if (write.kind === 'disownJobs') {
    const isMeant = ({ id, status }: RefreshRecord | RunRecord) =>
      !hasEnded(status) && !isPaused(status) && write.ids.includes(id)
    return [
      ...[...refreshes.values()]
        .filter(isMeant)
        .map((refresh) => ({ kind: 'updateRefresh', refresh: { ...refresh, ownerId: null } }) as const),
      ...[...runs.values()]
        .filter(isMeant)
        .map((run) => ({ kind: 'updateRun', run: { ...run, ownerId: null } }) as const),
    ]
  }
  const { at, ends } = write
  const isAbandoned = ({ status, ownerId }: RefreshRecord | RunRecord) =>
    !hasEnded(status) && !isPaused(status) && (ownerId === null || !nodes.has(ownerId))
  // Held by a node that is dead: nothing else can answer its server.
  const left = [...pauses.values()].filter((pause) => {
    const holder = holderOf(pause)
    return holder !== undefined && !nodes.has(holder)
  })
  const isLeft = ({ id, status }: RunRecord) => status === 'INPUT_REQUIRED' && left.some(({ runId }) => runId === id)
  const ended = { finishedAt: at, ownerId: null }
  return [
    ...[...refreshes.values()].filter(isAbandoned).flatMap((refresh): Write[] => [
      { kind: 'updateRefresh', refresh: { ...refresh, ...ended, ...ends.refresh } },
      { kind: 'appendJobEvents', jobId: refresh.id, at, events: [{ type: 'RefreshFinished', ...ends.refresh }] },
    ]),
    ...left.map(({ runId, version }) => ({ kind: 'takePause', runId, version }) as const),
    ...[...runs.values()]
      .filter((run) => isAbandoned(run) || isLeft(run))
      .flatMap((run): Write[] => {
        const end = run.status === 'QUEUED' ? ends.queuedRun : ends.runningRun
        return [
          { kind: 'updateRun', run: { ...run, ...ended, ...end } },
          { kind: 'appendJobEvents', jobId: run.id, at, events: [{ type: 'ToolRunFinished', ...end }] },
        ]
      }),
  ]
}

/** As `applyWrite`, for the data of no tenant. */
export function applySystemWrite(
  { children, nodes, secretKeys }: SystemTables,
  write: Exclude<SystemWrite, OrphanWrite>,
): Undo[] {
  switch (write.kind) {
    case 'recordChild':
      return [put(children, childKey(write.child), write.child)]
    case 'forgetChild':
      return take(children, childKey(write.child))
    case 'forgetChildren':
      return [...children].flatMap(([key, { host, recordedAt }]) =>
        recordedAt < write.before && !write.exceptHosts.includes(host) ? take(children, key) : [],
      )
    case 'insertSecretKey':
      return [put(secretKeys, write.key.id, write.key)]
    case 'rewrapSecretKey': {
      const isMeant = secretKeys.get(write.key.id)?.masterKeyId === write.ifMasterKeyId
      return isMeant ? [put(secretKeys, write.key.id, write.key)] : []
    }
    case 'insertNode':
      return [put(nodes, write.node.id, leased(write.node, write.leaseMs))]
    case 'renewNode': {
      const node = nodes.get(write.nodeId)
      if (!node) throw leaseLost(write.leaseMs)
      return [put(nodes, node.id, leased(node, write.leaseMs))]
    }
    case 'deleteNode': {
      const { expiresAt } = getOrThrow(nodes, write.nodeId, 'node')
      if (write.ifLapsed && (expiresAt === null || expiresAt >= Date.now())) throw notFound('node', write.nodeId)
      return take(nodes, write.nodeId)
    }
  }
}
