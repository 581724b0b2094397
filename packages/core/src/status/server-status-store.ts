import pLimit from 'p-limit'
import { isRegistryError, type JobError, type RegistryError, toJobError } from '../base/errors.ts'
import type { ServerId } from '../base/ids.ts'
import type { EventBus } from '../events/bus.ts'
import type { DialEvent } from '../model/dial-event.ts'
import { feedOf } from '../model/events.ts'
import type { ServerHealth, ServerState } from '../model/server.ts'
import type { TenantStorage } from '../storage/storage.ts'
import { afterDial, afterFailure, afterSuccess, authRequiredEvent, stateWrites } from './server-state.ts'

/**
 * Keeps what the registry learns of each server, one change at a time. A change of the status is an event of the feed.
 */
export interface ServerStatusStore {
  afterDial(serverId: ServerId, event: DialEvent): Promise<void>
  /**
   * Without an error, a request was answered, which ends an earlier failure. With one, the server hung, broke the
   * protocol or disconnected.
   */
  afterRequest(serverId: ServerId, error: unknown): Promise<void>
  /** Whether `afterRequest` has anything to store for this server if its request was answered. */
  isFailing(serverId: ServerId): boolean
  /**
   * The list of tools was read. The server says that it stays as it is until `freshUntil`, in epoch milliseconds; undefined
   * if it does not say so.
   */
  afterRefresh(serverId: ServerId, freshUntil: number | undefined): Promise<void>
  /** As `afterRequest`; also records when the server was checked. */
  afterPing(serverId: ServerId, error: unknown): Promise<void>
  /** Claims a ping for this node; false if any node has dialled or pinged the server within about `everyMs`. */
  claimPing(serverId: ServerId, everyMs: number): Promise<boolean>
  /** Makes the server DEGRADED with this error; no success ends that before `endDegradation`. */
  degrade(serverId: ServerId, error: RegistryError): Promise<void>
  /**
   * The server is NEEDS_AUTH with this AUTH_REQUIRED error. With `isStepUp` what was granted goes on working, so that only the
   * feed tells of it.
   */
  needAuth(serverId: ServerId, error: RegistryError, isStepUp: boolean): Promise<void>
  /** Lets the next success make the server READY; changes nothing by itself. */
  endDegradation(serverId: ServerId): void
  /** Drops what is kept of a deleted server. */
  forget(serverId: ServerId): void
  /** Runs a change to servers of another kind in turn with those above. */
  serialize<T>(change: () => Promise<T>): Promise<T>
}

/** Part of an interval after which a ping is due: a check takes time to store, and other nodes' clocks may differ. */
const dueAfter = 0.9

/** The feed keeps the last `keep` events. */
export function createServerStatusStore(storage: TenantStorage, bus: EventBus, keep: number): ServerStatusStore {
  return new StoredServerStatuses(storage, bus, keep)
}

type NextState = (state: ServerState) => ServerState

class StoredServerStatuses implements ServerStatusStore {
  readonly #storage: TenantStorage
  readonly #bus: EventBus
  readonly #keep: number
  /** A state is read, changed and written: two changes at once would lose one. */
  readonly #limit = pLimit(1)
  /** Servers whose last request failed: an answer of any other costs nothing. */
  readonly #failing = new Set<ServerId>()
  readonly #degraded = new Map<ServerId, JobError>()
  /** Servers whose last list said how long it stays as it is: for the others nothing has to be stored. */
  readonly #fresh = new Set<ServerId>()

  constructor(storage: TenantStorage, bus: EventBus, keep: number) {
    this.#storage = storage
    this.#bus = bus
    this.#keep = keep
  }

  afterDial(serverId: ServerId, event: DialEvent): Promise<void> {
    if (event.type === 'FAILED') this.#failing.add(serverId)
    if (event.type === 'READY') this.#endFailure(serverId)
    return this.#change(serverId, (state) => afterDial(state, event))
  }

  async afterRequest(serverId: ServerId, error: unknown): Promise<void> {
    if (error !== undefined) await this.#fail(serverId, error)
    else if (this.isFailing(serverId)) await this.#succeed(serverId, {})
  }

  isFailing(serverId: ServerId): boolean {
    return this.#failing.has(serverId) && !this.#degraded.has(serverId)
  }

  async afterRefresh(serverId: ServerId, freshUntil: number | undefined): Promise<void> {
    await this.afterRequest(serverId, undefined)
    if (freshUntil !== undefined) this.#fresh.add(serverId)
    else if (!this.#fresh.delete(serverId)) return
    await this.#change(serverId, (state) => ({ ...state, toolsFreshUntil: freshUntil }))
  }

  afterPing(serverId: ServerId, error: unknown): Promise<void> {
    return error === undefined ? this.#succeed(serverId, { checkedAt: Date.now() }) : this.#fail(serverId, error)
  }

  claimPing(serverId: ServerId, everyMs: number): Promise<boolean> {
    return this.#limit(async () => {
      const before = (await this.#storage.servers.get(serverId))?.state
      const now = Date.now()
      if (!before || now - (before.health.checkedAt ?? 0) < everyMs * dueAfter) return false
      const state = { ...before, health: { ...before.health, checkedAt: now } }
      try {
        await this.#storage.commit([{ kind: 'setServerState', serverId, state, ifState: before }])
        return true
      } catch (error) {
        if (isRegistryError(error, 'REVISION_CONFLICT')) return false
        throw error
      }
    })
  }

  degrade(serverId: ServerId, error: RegistryError): Promise<void> {
    this.#degraded.set(serverId, toJobError(error))
    return this.#fail(serverId, error)
  }

  async needAuth(serverId: ServerId, error: RegistryError, isStepUp: boolean): Promise<void> {
    if (!isStepUp) return await this.#fail(serverId, error)
    const events = [authRequiredEvent(serverId, toJobError(error))]
    await this.#storage.commit([{ kind: 'appendServerEvents', at: Date.now(), events, keep: this.#keep }])
    this.#bus.notify(feedOf(this.#storage.tenantId))
  }

  endDegradation(serverId: ServerId): void {
    this.#degraded.delete(serverId)
  }

  forget(serverId: ServerId): void {
    this.#failing.delete(serverId)
    this.#degraded.delete(serverId)
    this.#fresh.delete(serverId)
  }

  serialize<T>(change: () => Promise<T>): Promise<T> {
    return this.#limit(change)
  }

  #fail(serverId: ServerId, error: unknown): Promise<void> {
    this.#failing.add(serverId)
    return this.#change(serverId, (state) => afterFailure(state, error, 'DEGRADED'))
  }

  #succeed(serverId: ServerId, health: Partial<ServerHealth>): Promise<void> {
    this.#endFailure(serverId)
    return this.#change(serverId, (state) => afterSuccess(state, health))
  }

  #endFailure(serverId: ServerId): void {
    if (!this.#degraded.has(serverId)) this.#failing.delete(serverId)
  }

  #change(serverId: ServerId, next: NextState): Promise<void> {
    return this.#limit(() => this.#changeNow(serverId, next))
  }

  async #changeNow(serverId: ServerId, next: NextState): Promise<void> {
    const record = await this.#storage.servers.get(serverId)
    // The server was deleted or disabled meanwhile: there is no state to keep, and DISABLED stays.
    if (!record?.enabled) {
      if (!record) this.forget(serverId)
      return
    }
    try {
      const state = this.#unlessDegraded(serverId, next(record.state))
      await this.#storage.commit(stateWrites(record, state, this.#keep, record.revision))
    } catch (error) {
      // Another node changed or deleted the server between reading and writing.
      if (isRegistryError(error, 'REVISION_CONFLICT')) return await this.#changeNow(serverId, next)
      if (!isRegistryError(error, 'NOT_FOUND')) throw error
    }
    this.#bus.notify(feedOf(this.#storage.tenantId))
  }

  #unlessDegraded(serverId: ServerId, state: ServerState): ServerState {
    const lastError = this.#degraded.get(serverId)
    if (!lastError || state.status === 'CONNECTING') return state
    const isOther = state.health.lastError !== null && state.health.lastError.message !== lastError.message
    return isOther ? state : { ...state, status: 'DEGRADED', health: { ...state.health, lastError } }
  }
}
