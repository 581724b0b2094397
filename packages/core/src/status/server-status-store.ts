import pLimit from 'p-limit'
import { isRegistryError, type JobError, type RegistryError, toJobError } from '../base/errors.ts'
import type { ServerId } from '../base/ids.ts'
import type { EventBus } from '../events/bus.ts'
import type { DialEvent } from '../model/dial-event.ts'
import { feedOf, type McpServerStatus, type ServerEvent } from '../model/events.ts'
import { neverConnected, type ServerHealth, type ServerRecord, type ServerState } from '../model/server.ts'
import type { TenantStorage } from '../storage/storage.ts'
import type { Write } from '../storage/write.ts'

/** Keeps what the registry learns of each server, one change at a time, and tells the feed when a status changes. */
export interface ServerStatusStore {
  afterDial(serverId: ServerId, event: DialEvent): Promise<void>
  /**
   * A request was answered, and what failed before is over; or it failed in a way that says something of the server: it
   * hung, broke the protocol, or went away.
   */
  afterRequest(serverId: ServerId, error: unknown): Promise<void>
  /** As `afterRequest`, and tells when the server was looked at. */
  afterPing(serverId: ServerId, error: unknown): Promise<void>
  /** Whether nobody has dialled or pinged it for about as long, and this one is the first to say that it does now. */
  claimPing(serverId: ServerId, everyMs: number): Promise<boolean>
  /** Makes the server DEGRADED with this error, which no success ends before `endDegradation`. */
  degrade(serverId: ServerId, error: RegistryError): Promise<void>
  /** Lets the next success make the server READY; changes nothing by itself. */
  endDegradation(serverId: ServerId): void
  /** The server is deleted. */
  forget(serverId: ServerId): void
  /** Runs a change to servers of another kind between those above. */
  serialize<T>(change: () => Promise<T>): Promise<T>
}

function failureStatus<Otherwise extends McpServerStatus>({ code }: JobError, otherwise: Otherwise) {
  return code === 'AUTH_REQUIRED' ? 'NEEDS_AUTH' : code === 'INVALID_INPUT' ? 'NEEDS_INPUT' : otherwise
}

function afterFailureOf(state: ServerState, error: unknown, otherwise: 'ERROR' | 'DEGRADED'): ServerState {
  const lastError = toJobError(error)
  return {
    ...state,
    status: failureStatus(lastError, otherwise),
    health: {
      ...state.health,
      checkedAt: Date.now(),
      consecutiveFailures: state.health.consecutiveFailures + 1,
      lastError,
    },
  }
}

/** What is known of a server that is not being dialled, by what came of the last time that it was. */
export function lastKnownStatus({ health, protocolVersion }: ServerState): McpServerStatus {
  if (health.lastError) return failureStatus(health.lastError, 'ERROR')
  return protocolVersion === null ? 'NEVER_CONNECTED' : 'READY'
}

function afterDialOf(state: ServerState, event: DialEvent): ServerState {
  if (event.type === 'CONNECTING') return { ...state, status: 'CONNECTING' }
  if (event.type === 'READY') {
    const { protocolVersion, serverInfo, instructions } = event.facts
    const health = { checkedAt: Date.now(), latencyMs: event.latencyMs, consecutiveFailures: 0, lastError: null }
    return { status: 'READY', health, protocolVersion, serverInfo, instructions }
  }
  // Nobody waits for it any more, which says nothing of the server: back to what was known before.
  if (isRegistryError(event.error, 'CANCELED')) return { ...state, status: lastKnownStatus(state) }
  return afterFailureOf(state, event.error, 'ERROR')
}

/** The state of a server of which no secret is known to be unreadable any more. */
export function readableState(state: ServerState): ServerState {
  if (state.health.lastError?.code !== 'SECRET_UNREADABLE') return state
  const health = { ...state.health, consecutiveFailures: 0, lastError: null }
  return { ...state, status: state.status === 'DISABLED' ? state.status : neverConnected.status, health }
}

/** The server answered. */
function soundState(state: ServerState, health: Partial<ServerHealth>): ServerState {
  return { ...state, status: 'READY', health: { ...state.health, ...health, consecutiveFailures: 0, lastError: null } }
}

/** The writes that give a server another state; with an event where its status changes. */
export function stateWrites(
  record: ServerRecord,
  state: ServerState,
  keep: number,
  ifRevision?: number,
): readonly Write[] {
  const from = record.state.status
  const to = state.status
  const events: ServerEvent[] = from === to ? [] : [{ type: 'McpServerStatusChanged', serverId: record.id, from, to }]
  return [
    { kind: 'setServerState', serverId: record.id, state, ...(ifRevision === undefined ? {} : { ifRevision }) },
    ...(events.length > 0 ? [{ kind: 'appendServerEvents', at: Date.now(), events, keep } as const] : []),
  ]
}

/** Of an interval: whoever looked at a server took its time to write it down, by another clock perhaps. */
const dueAfter = 0.9

export function createServerStatusStore(storage: TenantStorage, bus: EventBus, keep: number): ServerStatusStore {
  // A state is read, changed and written: one at a time, or one of two would be lost.
  const serialize = pLimit(1)
  // Those whose last request failed, so that an answer of any other costs nothing.
  const failing = new Set<ServerId>()
  const degraded = new Map<ServerId, JobError>()

  function unlessDegraded(serverId: ServerId, state: ServerState): ServerState {
    const lastError = degraded.get(serverId)
    if (!lastError || state.status === 'CONNECTING') return state
    const isOther = state.health.lastError !== null && state.health.lastError.message !== lastError.message
    return isOther ? state : { ...state, status: 'DEGRADED', health: { ...state.health, lastError } }
  }

  async function changeNow(serverId: ServerId, next: (state: ServerState) => ServerState): Promise<void> {
    const record = await storage.servers.get(serverId)
    // Deleted or switched off meanwhile: there is no state to keep, and DISABLED stays.
    if (!record?.enabled) {
      if (!record) forget(serverId)
      return
    }
    try {
      const state = unlessDegraded(serverId, next(record.state))
      await storage.commit(stateWrites(record, state, keep, record.revision))
    } catch (error) {
      // Another node has changed it, or deleted it, between reading and writing.
      if (isRegistryError(error, 'REVISION_CONFLICT')) return await changeNow(serverId, next)
      if (!isRegistryError(error, 'NOT_FOUND')) throw error
    }
    bus.notify(feedOf(storage.tenantId))
  }
  function forget(serverId: ServerId): void {
    failing.delete(serverId)
    degraded.delete(serverId)
  }
  const change = (serverId: ServerId, next: (state: ServerState) => ServerState) =>
    serialize(() => changeNow(serverId, next))
  const fail = (serverId: ServerId, error: unknown) => {
    failing.add(serverId)
    return change(serverId, (state) => afterFailureOf(state, error, 'DEGRADED'))
  }
  const sound = (serverId: ServerId) => {
    if (!degraded.has(serverId)) failing.delete(serverId)
  }
  const succeed = (serverId: ServerId, health: Partial<ServerHealth>) => {
    sound(serverId)
    return change(serverId, (state) => soundState(state, health))
  }
  return {
    afterDial(serverId, event) {
      if (event.type === 'FAILED') failing.add(serverId)
      if (event.type === 'READY') sound(serverId)
      return change(serverId, (state) => afterDialOf(state, event))
    },
    async afterRequest(serverId, error) {
      if (error !== undefined) await fail(serverId, error)
      else if (failing.has(serverId) && !degraded.has(serverId)) await succeed(serverId, {})
    },
    afterPing: (serverId, error) =>
      error === undefined ? succeed(serverId, { checkedAt: Date.now() }) : fail(serverId, error),
    claimPing: (serverId, everyMs) =>
      serialize(async () => {
        const before = (await storage.servers.get(serverId))?.state
        const now = Date.now()
        if (!before || now - (before.health.checkedAt ?? 0) < everyMs * dueAfter) return false
        const state = { ...before, health: { ...before.health, checkedAt: now } }
        try {
          await storage.commit([{ kind: 'setServerState', serverId, state, ifState: before }])
          return true
        } catch (error) {
          if (isRegistryError(error, 'REVISION_CONFLICT')) return false
          throw error
        }
      }),
    degrade(serverId, error) {
      degraded.set(serverId, toJobError(error))
      return fail(serverId, error)
    },
    endDegradation: (serverId) => void degraded.delete(serverId),
    forget,
    serialize: (work) => serialize(work),
  }
}
