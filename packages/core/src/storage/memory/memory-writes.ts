import { isDeepStrictEqual } from 'node:util'
import { RegistryError } from '../../base/errors.ts'
import {
  type JobId,
  type NodeId,
  parseId,
  type RefreshId,
  type RunId,
  type ServerId,
  type ToolId,
} from '../../base/ids.ts'
import type { AuditRecord } from '../../model/audit-event.ts'
import type { ChildKey, ChildRecord } from '../../model/child-process.ts'
import { hasEnded, type JobEvent, type Logged, type ServerEvent } from '../../model/events.ts'
import type { NodeRecord, RefreshRecord, RunRecord } from '../../model/job.ts'
import type { Quota } from '../../model/quota.ts'
import type { SecretKeyRecord } from '../../model/secret-key-record.ts'
import type { ServerRecord } from '../../model/server.ts'
import { definitionOf, type ToolRecord } from '../../model/tool.ts'
import { leaseLost, notWaiting, otherState, QuotaExceeded, refreshTaken, staleRevision } from '../errors.ts'
import type { CancelRequest, SystemWrite, Write } from '../write.ts'

/** What the memory storage keeps of one tenant. */
export interface Tables {
  readonly servers: Map<ServerId, ServerRecord>
  readonly tools: Map<ToolId, ToolRecord>
  /** By server, as counted last. */
  readonly toolUsage: Map<ServerId, ToolUsage>
  readonly refreshes: Map<RefreshId, RefreshRecord>
  readonly runs: Map<RunId, RunRecord>
  readonly runKeys: Map<string, RunId>
  readonly jobEvents: Map<JobId, Logged<JobEvent>[]>
  readonly audit: Map<AuditRecord['id'], AuditRecord>
  readonly cancelRequests: Map<JobId, CancelRequest>
  readonly serverEvents: { kept: Logged<ServerEvent>[]; last: number }
}

export interface ToolUsage {
  readonly toolsPerTenant: number
  readonly toolBytesPerTenant: number
}

/** What it keeps that is no tenant's. */
export interface SystemTables {
  readonly children: Map<string, ChildRecord>
  readonly owners: Map<NodeId, MemoryNode>
  readonly secretKeys: Map<string, SecretKeyRecord>
}

export type MemoryNode = NodeRecord & { readonly expiresAt: number | null }

export type Undo = () => void

function notFound(what: string, id: string): RegistryError {
  return new RegistryError('NOT_FOUND', `No ${what} has the id ${id}`)
}

/** Takes a value out of a map and says how to put it back; the order of the keys is another one then. */
function take<K, V>(map: Map<K, V>, key: K): Undo[] {
  const value = map.get(key)
  return value !== undefined && map.delete(key) ? [() => map.set(key, value)] : []
}

/** Puts a value in a map and says how to take it back. */
function put<K, V>(map: Map<K, V>, key: K, value: V): Undo {
  const before = map.get(key)
  map.set(key, value)
  return before === undefined ? () => map.delete(key) : () => map.set(key, before)
}

function assertNameIsFree({ servers }: Tables, server: ServerRecord): void {
  for (const other of servers.values()) {
    if (other.name !== server.name || other.id === server.id) continue
    throw new RegistryError('NAME_TAKEN', `The name "${server.name}" is taken by the server ${other.id}`, {
      path: ['name'],
      details: { serverId: other.id },
    })
  }
}

function usageOf(tools: Iterable<ToolRecord>, serverId: ServerId): ToolUsage {
  let toolsPerTenant = 0
  let toolBytesPerTenant = 0
  for (const { serverId: owner, definitionText, quarantine } of tools) {
    if (owner !== serverId) continue
    toolsPerTenant += 1
    toolBytesPerTenant += Buffer.byteLength(definitionText)
    if (quarantine?.kind === 'CHANGED') toolBytesPerTenant += Buffer.byteLength(quarantine.definitionText)
  }
  return { toolsPerTenant, toolBytesPerTenant }
}

function usedOf({ servers, toolUsage }: Tables, quota: Quota): number {
  if (quota === 'serversPerTenant') return servers.size
  return toolUsage.values().reduce((sum, usage) => sum + usage[quota], 0)
}

const childKey = ({ host, boot, pid }: ChildKey) => JSON.stringify([host, boot, pid])

function mustHave<K extends string, V>(map: ReadonlyMap<K, V>, key: K, what: string): V {
  const value = map.get(key)
  if (value === undefined) throw notFound(what, key)
  return value
}

/** Applies one write to what a tenant has; answers how to undo it, which a failure of a later one needs. */
export function apply(tables: Tables, write: Write): Undo[] {
  const { servers, tools, toolUsage, refreshes, runs, runKeys, jobEvents, serverEvents, audit, cancelRequests } = tables
  switch (write.kind) {
    case 'insertServer':
      assertNameIsFree(tables, write.server)
      return [put(servers, write.server.id, write.server)]
    case 'updateServer': {
      const before = mustHave(servers, write.server.id, 'server')
      if (before.revision !== write.ifRevision) throw staleRevision(before.id, write.ifRevision)
      assertNameIsFree(tables, write.server)
      return [put(servers, before.id, { ...write.server, state: before.state })]
    }
    case 'setServerState': {
      const { serverId, state, ifRevision, ifState } = write
      const server = mustHave(servers, serverId, 'server')
      if (ifRevision !== undefined && server.revision !== ifRevision) throw staleRevision(serverId, ifRevision)
      if (ifState && !isDeepStrictEqual(server.state, ifState)) throw otherState(serverId)
      return [put(servers, serverId, { ...server, state })]
    }
    case 'deleteServer': {
      const server = mustHave(servers, write.serverId, 'server')
      const owned = [...tools.values()].filter((tool) => tool.serverId === server.id)
      servers.delete(server.id)
      for (const tool of owned) tools.delete(tool.id)
      return [
        ...take(toolUsage, server.id),
        () => servers.set(server.id, server),
        ...owned.map((tool) => () => tools.set(tool.id, tool)),
      ]
    }
    case 'insertTools':
      for (const tool of write.tools) mustHave(servers, tool.serverId, 'server')
      return write.tools.map((tool) => put(tools, tool.id, { ...tool, definition: definitionOf(tool) }))
    case 'redefineTools':
      for (const { id } of write.tools) mustHave(tools, id, 'tool')
      return write.tools.map(({ id, quarantine, definitionText, definition }) => {
        const before = mustHave(tools, id, 'tool')
        const text = definitionText === undefined ? before : { definitionText, ...(definition ? { definition } : {}) }
        const now = { ...before, definitionText: text.definitionText, definition: definitionOf(text) }
        return put(tools, id, { ...now, quarantine, updatedAt: write.at, removedAt: null })
      })
    case 'removeTools':
      for (const id of write.toolIds) mustHave(tools, id, 'tool')
      return write.toolIds.map((id) =>
        put(tools, id, { ...mustHave(tools, id, 'tool'), updatedAt: write.at, removedAt: write.at }),
      )
    case 'forgetTools':
      return write.toolIds.flatMap((id) => (tools.get(id)?.removedAt === null ? [] : take(tools, id)))
    case 'recountTools':
      return servers.has(write.serverId)
        ? [put(toolUsage, write.serverId, usageOf(tools.values(), write.serverId))]
        : []
    case 'assertQuota':
      if (usedOf(tables, write.quota) > write.atMost) throw new QuotaExceeded(write.quota, write.atMost)
      return []
    case 'approveTool': {
      const { toolId, definition, definitionText, at } = write
      const tool = tools.get(toolId)
      const { quarantine } = tool ?? {}
      const waiting = quarantine?.kind === 'NEW' ? tool?.definitionText : quarantine?.definitionText
      if (!tool || waiting !== definitionText) throw notWaiting(toolId)
      return [put(tools, toolId, { ...tool, definition, definitionText, quarantine: null, updatedAt: at })]
    }
    case 'setTool': {
      const tool = mustHave(tools, write.toolId, 'tool')
      return [put(tools, tool.id, { ...tool, settings: write.settings, updatedAt: write.at })]
    }
    case 'insertRefresh': {
      const { refresh, ifRevision } = write
      if (ifRevision !== undefined && mustHave(servers, refresh.serverId, 'server').revision !== ifRevision)
        throw staleRevision(refresh.serverId, ifRevision)
      for (const other of refreshes.values()) {
        if (other.serverId === refresh.serverId && !hasEnded(other.status))
          throw refreshTaken(refresh.serverId, other.id)
      }
      return [put(refreshes, refresh.id, refresh)]
    }
    case 'updateRefresh':
      mustHave(refreshes, write.refresh.id, 'refresh')
      return [put(refreshes, write.refresh.id, write.refresh)]
    case 'insertRun':
    case 'updateRun': {
      const { run } = write
      const before = write.kind === 'updateRun' ? mustHave(runs, run.id, 'run') : undefined
      const holder = run.idempotencyKey === null ? undefined : runKeys.get(run.idempotencyKey)
      if (holder !== undefined && holder !== run.id) {
        throw new RegistryError('IDEMPOTENCY_CONFLICT', `The idempotency key belongs to the run ${holder}`, {
          details: { jobId: holder },
        })
      }
      const undos = [put(runs, run.id, run)]
      const oldKey = before?.idempotencyKey ?? null
      if (oldKey !== null && oldKey !== run.idempotencyKey) {
        runKeys.delete(oldKey)
        undos.push(() => runKeys.set(oldKey, run.id))
      }
      if (run.idempotencyKey !== null) undos.push(put(runKeys, run.idempotencyKey, run.id))
      return undos
    }
    case 'deleteJobs':
      return write.ids.flatMap((id) => {
        const runId = parseId('run', id)
        const refreshId = parseId('refresh', id)
        const key = runId && runs.get(runId)?.idempotencyKey
        return [
          ...take(jobEvents, id),
          ...(runId ? take(runs, runId) : []),
          ...(refreshId ? take(refreshes, refreshId) : []),
          ...(key ? take(runKeys, key) : []),
        ]
      })
    case 'requestCancel': {
      const { jobId } = write.request
      return cancelRequests.has(jobId) ? [] : [put(cancelRequests, jobId, write.request)]
    }
    case 'forgetCancel':
      return take(cancelRequests, write.jobId)
    case 'appendAudit':
      return [put(audit, write.event.id, write.event)]
    case 'deleteAudit':
      return write.events.flatMap(({ id }) => take(audit, id))
    case 'appendJobEvents': {
      const log = jobEvents.get(write.jobId) ?? []
      const length = log.length
      jobEvents.set(write.jobId, log)
      for (const event of write.events) log.push({ seq: log.length + 1, at: write.at, event })
      return [() => log.splice(length)]
    }
    case 'appendServerEvents': {
      const before = { kept: serverEvents.kept, last: serverEvents.last }
      const added = write.events.map((event, index) => ({ seq: before.last + index + 1, at: write.at, event }))
      serverEvents.last += added.length
      serverEvents.kept = [...before.kept, ...added].slice(-write.keep)
      return [() => Object.assign(serverEvents, before)]
    }
  }
}

function leased(owner: NodeRecord, leaseMs: number | null): MemoryNode {
  return { ...owner, expiresAt: leaseMs === null ? null : Date.now() + leaseMs }
}

/** What changes the jobs of all tenants. */
type WriteToJobs = Extract<SystemWrite, { kind: 'endAbandonedJobs' | 'disownJobs' }>

/** What such a write is of one tenant. */
export function writesToJobs({ refreshes, runs }: Tables, { owners }: SystemTables, write: WriteToJobs): Write[] {
  if (write.kind === 'disownJobs') {
    const isMeant = ({ id, status }: RefreshRecord | RunRecord) => !hasEnded(status) && write.ids.includes(id)
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
    !hasEnded(status) && (ownerId === null || !owners.has(ownerId))
  const ended = { finishedAt: at, ownerId: null }
  return [
    ...[...refreshes.values()].filter(isAbandoned).flatMap((refresh): Write[] => [
      { kind: 'updateRefresh', refresh: { ...refresh, ...ended, ...ends.refresh } },
      { kind: 'appendJobEvents', jobId: refresh.id, at, events: [{ type: 'RefreshFinished', ...ends.refresh }] },
    ]),
    ...[...runs.values()].filter(isAbandoned).flatMap((run): Write[] => {
      const end = run.status === 'RUNNING' ? ends.runningRun : ends.queuedRun
      return [
        { kind: 'updateRun', run: { ...run, ...ended, ...end } },
        { kind: 'appendJobEvents', jobId: run.id, at, events: [{ type: 'ToolRunFinished', ...end }] },
      ]
    }),
  ]
}

/** As `apply`. */
export function applySystem(
  { children, owners, secretKeys }: SystemTables,
  write: Exclude<SystemWrite, WriteToJobs>,
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
      return [put(owners, write.node.id, leased(write.node, write.leaseMs))]
    case 'renewNode': {
      const owner = owners.get(write.nodeId)
      if (!owner) throw leaseLost()
      return [put(owners, owner.id, leased(owner, write.leaseMs))]
    }
    case 'deleteNode': {
      const { expiresAt } = mustHave(owners, write.nodeId, 'owner')
      if (write.ifLapsed && (expiresAt === null || expiresAt >= Date.now())) throw notFound('owner', write.nodeId)
      return take(owners, write.nodeId)
    }
  }
}
