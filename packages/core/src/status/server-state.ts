import { isRegistryError, type JobError, toJobError } from '../base/errors.ts'
import type { ServerId } from '../base/ids.ts'
import type { DialEvent } from '../model/dial-event.ts'
import type { McpServerStatus, ServerEvent } from '../model/events.ts'
import { neverConnected, type ServerHealth, type ServerRecord, type ServerState } from '../model/server.ts'
import type { Write } from '../storage/write.ts'

function failureStatus<Otherwise extends McpServerStatus>({ code }: JobError, otherwise: Otherwise) {
  return code === 'AUTH_REQUIRED' ? 'NEEDS_AUTH' : code === 'INVALID_INPUT' ? 'NEEDS_INPUT' : otherwise
}

/** The state after a failure; `otherwise` is the status unless the error has one of its own. */
export function afterFailure(state: ServerState, error: unknown, otherwise: 'ERROR' | 'DEGRADED'): ServerState {
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

/** The status of a server that is not being dialled, by the outcome of the last dial. */
export function lastKnownStatus({ health, protocolVersion }: ServerState): McpServerStatus {
  if (health.lastError) return failureStatus(health.lastError, 'ERROR')
  return protocolVersion === null ? 'NEVER_CONNECTED' : 'READY'
}

/** The state after an event of a dial. */
export function afterDial(state: ServerState, event: DialEvent): ServerState {
  if (event.type === 'CONNECTING') return { ...state, status: 'CONNECTING' }
  if (event.type === 'READY') {
    const { protocolVersion, serverInfo, instructions } = event.facts
    const health = { checkedAt: Date.now(), latencyMs: event.latencyMs, consecutiveFailures: 0, lastError: null }
    const { negotiated } = event
    return { ...state, status: 'READY', health, protocolVersion, serverInfo, instructions, negotiated }
  }
  // The caller cancelled the dial, which says nothing of the server: its status is the one before.
  if (isRegistryError(event.error, 'CANCELED')) return { ...state, status: lastKnownStatus(state) }
  return afterFailure(state, event.error, 'ERROR')
}

/** The state of a server once its secrets can be read again; any other state stays. */
export function readableState(state: ServerState): ServerState {
  if (state.health.lastError?.code !== 'SECRET_UNREADABLE') return state
  const health = { ...state.health, consecutiveFailures: 0, lastError: null }
  return { ...state, status: state.status === 'DISABLED' ? state.status : neverConnected.status, health }
}

/** The state after the server has answered. */
export function afterSuccess(state: ServerState, health: Partial<ServerHealth>): ServerState {
  return { ...state, status: 'READY', health: { ...state.health, ...health, consecutiveFailures: 0, lastError: null } }
}

/** The event of an error that only the owner of the server can mend. */
export function authRequiredEvent(serverId: ServerId, { message, scopes = [] }: JobError): ServerEvent {
  return { type: 'McpServerAuthRequired', serverId, scopes, reason: message }
}

/** Each dial of a server that still wants the same fails in the same way; its owner has been told. */
function isSameDemand(before: JobError | null, { message }: JobError): boolean {
  return before?.code === 'AUTH_REQUIRED' && before.message === message
}

/** The writes that give a server another state, with an event if its status changes. The feed keeps the last `keep` events. */
export function stateWrites(
  record: ServerRecord,
  state: ServerState,
  keep: number,
  ifRevision?: number,
): readonly Write[] {
  const from = record.state.status
  const to = state.status
  const events: ServerEvent[] = from === to ? [] : [{ type: 'McpServerStatusChanged', serverId: record.id, from, to }]
  const { lastError } = state.health
  const isDemand = from !== to && to === 'NEEDS_AUTH' && lastError !== null
  if (isDemand && !isSameDemand(record.state.health.lastError, lastError)) {
    events.push(authRequiredEvent(record.id, lastError))
  }
  return [
    { kind: 'setServerState', serverId: record.id, state, ...(ifRevision === undefined ? {} : { ifRevision }) },
    ...(events.length > 0 ? [{ kind: 'appendServerEvents', at: Date.now(), events, keep } as const] : []),
  ]
}
