import pLimit from 'p-limit'
import { isRegistryError, toJobError } from '../errors.ts'
import type { EventBus } from '../events/bus.ts'
import type { McpServerStatus, ServerEvent } from '../events/events.ts'
import type { ServerId } from '../ids.ts'
import type { DialEvent } from '../sessions/pool.ts'
import type { Storage, Write } from '../storage/storage.ts'
import type { ServerRecord, ServerState } from './server.ts'

/** Keeps what the registry learns of each server, one change at a time, and tells the feed when a status changes. */
export interface ServerStates {
  afterDial(serverId: ServerId, event: DialEvent): Promise<void>
  /** A request failed in a way that says something of the server: it hung, broke the protocol, or went away. */
  afterFailure(serverId: ServerId, error: unknown): Promise<void>
  /** A request was answered: what failed before is over. */
  afterSuccess(serverId: ServerId): Promise<void>
  /** Runs a change to servers of another kind between those above. */
  inTurn<T>(change: () => Promise<T>): Promise<T>
}

function statusAfter(error: unknown): McpServerStatus {
  if (isRegistryError(error, 'AUTH_REQUIRED')) return 'NEEDS_AUTH'
  if (isRegistryError(error, 'INVALID_INPUT')) return 'NEEDS_INPUT'
  return 'ERROR'
}

function afterFailureOf({ state }: ServerRecord, error: unknown): ServerState {
  return {
    ...state,
    status: statusAfter(error),
    health: {
      ...state.health,
      checkedAt: Date.now(),
      consecutiveFailures: state.health.consecutiveFailures + 1,
      lastError: toJobError(error),
    },
  }
}

function statusBefore({ health, protocolVersion }: ServerState): McpServerStatus {
  if (health.consecutiveFailures > 0) return 'ERROR'
  return protocolVersion === null ? 'NEVER_CONNECTED' : 'READY'
}

function afterDialOf(record: ServerRecord, event: DialEvent): ServerState {
  const { state } = record
  if (event.type === 'CONNECTING') return { ...state, status: 'CONNECTING' }
  if (event.type === 'READY') {
    const { protocolVersion, serverInfo, instructions } = event.facts
    const health = { checkedAt: Date.now(), latencyMs: event.latencyMs, consecutiveFailures: 0, lastError: null }
    return { status: 'READY', health, protocolVersion, serverInfo, instructions }
  }
  // Nobody waits for it any more, which says nothing of the server: back to what was known before.
  if (isRegistryError(event.error, 'CANCELED')) return { ...state, status: statusBefore(state) }
  return afterFailureOf(record, event.error)
}

/** The writes that give a server another state; with an event where its status changes. */
export function stateWrites(record: ServerRecord, state: ServerState, keep: number): readonly Write[] {
  const from = record.state.status
  const to = state.status
  const events: ServerEvent[] = from === to ? [] : [{ type: 'McpServerStatusChanged', serverId: record.id, from, to }]
  return [
    { kind: 'setServerState', serverId: record.id, state },
    ...(events.length > 0 ? [{ kind: 'appendServerEvents', at: Date.now(), events, keep } as const] : []),
  ]
}

export function createServerStates(storage: Storage, bus: EventBus, keep: number): ServerStates {
  // A state is read, changed and written: one at a time, or one of two would be lost.
  const inTurn = pLimit(1)
  const change = (serverId: ServerId, next: (record: ServerRecord) => ServerState) =>
    inTurn(async () => {
      const record = await storage.servers.get(serverId)
      // Deleted or switched off meanwhile: there is no state to keep, and DISABLED stays.
      if (!record?.enabled) return
      const state = next(record)
      if (state === record.state) return
      try {
        await storage.commit(stateWrites(record, state, keep))
      } catch (error) {
        // Deleted between reading and writing.
        if (!isRegistryError(error, 'NOT_FOUND')) throw error
      }
      bus.notify('servers')
    })
  return {
    afterDial: (serverId, event) => change(serverId, (record) => afterDialOf(record, event)),
    afterFailure: (serverId, error) => change(serverId, (record) => afterFailureOf(record, error)),
    afterSuccess: (serverId) =>
      change(serverId, ({ state }) =>
        state.status === 'READY'
          ? state
          : { ...state, status: 'READY', health: { ...state.health, consecutiveFailures: 0, lastError: null } },
      ),
    inTurn: (work) => inTurn(work),
  }
}
