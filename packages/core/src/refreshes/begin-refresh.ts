import type { Cancellation } from '../base/cancellation.ts'
import { isRegistryError, RegistryError } from '../base/errors.ts'
import { createId, type NodeId, parseId, type RefreshId, type ServerId } from '../base/ids.ts'
import { cancelOnAbort } from '../jobs/running-jobs.ts'
import { checkActor } from '../model/actor.ts'
import { hasEnded } from '../model/events.ts'
import { nothingChanged, type RefreshRecord } from '../model/job.ts'
import type { CallerContext } from '../model/resolve-config.ts'
import type { ServerRecord } from '../model/server.ts'
import type { TenantStorage } from '../storage/storage.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import type { RefreshOptions } from './api.ts'
import { createRefreshPerformer, type RefreshPerformer } from './perform-refresh.ts'
import type { RefreshDeps } from './refresh-deps.ts'

export interface BeginRefreshDeps extends RefreshDeps {
  /** This node, under a new id after it lost its lease. */
  readonly nodes: { readonly self: NodeId }
  readonly telemetry: Telemetry
}

/** The refresh that a call started, or joined (`deduplicated`). */
export interface BegunRefresh {
  readonly id: RefreshId
  readonly deduplicated: boolean
}

export interface RefreshStarter {
  /**
   * Starts a refresh, or joins the one under way for the server on any node.
   *
   * @throws NOT_FOUND, DISABLED, CLOSED
   */
  begin(server: ServerRecord, options: RefreshOptions): Promise<BegunRefresh>
  /** The refresh under way for the server, here or on another node. */
  unfinishedOf(serverId: ServerId): Promise<RefreshId | undefined>
}

export function createRefreshStarter(deps: BeginRefreshDeps): RefreshStarter {
  return new SingleRefreshStarter(deps)
}

/** Starts one refresh of a server at a time. */
class SingleRefreshStarter implements RefreshStarter {
  readonly #deps: BeginRefreshDeps
  readonly #performer: RefreshPerformer
  readonly #running = new Map<ServerId, Promise<RefreshId>>()

  constructor(deps: BeginRefreshDeps) {
    this.#deps = deps
    this.#performer = createRefreshPerformer(deps)
  }

  async begin(server: ServerRecord, options: RefreshOptions): Promise<BegunRefresh> {
    const { signal, actor, renegotiate = false, ...context } = options
    const { jobs, pool } = this.#deps
    jobs.assertOpen()
    checkActor(actor)
    const joined = this.#running.get(server.id)
    if (joined) return { id: await joined, deduplicated: true }
    if (renegotiate) pool.retire(server.id)
    const asked = renegotiate ? { ...server, state: { ...server.state, negotiated: undefined } } : server
    const started = this.#insert(asked, context, actor ?? null)
    this.#running.set(server.id, started)
    started.catch(() => this.#running.delete(server.id))
    const id = await started
    if (!jobs.has(id)) return { id, deduplicated: true }
    cancelOnAbort(jobs, id, signal)
    return { id, deduplicated: false }
  }

  async unfinishedOf(serverId: ServerId): Promise<RefreshId | undefined> {
    await this.#running.get(serverId)?.catch(() => undefined)
    const latest = (await this.#deps.storage.refreshes.latestByServer([serverId])).get(serverId)
    return latest && !hasEnded(latest.status) ? latest.id : undefined
  }

  /** Inserts a refresh and starts it; answers the unfinished one of another node instead, if there is one. */
  async #insert(server: ServerRecord, context: CallerContext, actor: string | null): Promise<RefreshId> {
    const { storage, nodes } = this.#deps
    const ownerId = nodes.self
    const refresh = toRefreshRecord(server.id, ownerId, actor)
    try {
      await storage.commit([{ kind: 'insertRefresh', refresh, ifRevision: server.revision }], ownerId)
    } catch (error) {
      if (isRegistryError(error, 'REVISION_CONFLICT')) {
        return this.#insert(await readAgain(storage, server), context, actor)
      }
      if (!isRegistryError(error, 'IDEMPOTENCY_CONFLICT')) throw error
      const { jobId } = error.details
      const other = jobId === undefined ? undefined : parseId('refresh', jobId)
      // The other refresh has ended in the meantime.
      if (other === undefined) return this.#insert(server, context, actor)
      this.#running.delete(server.id)
      return other
    }
    this.#start(server, refresh, context)
    return refresh.id
  }

  #start(server: ServerRecord, refresh: RefreshRecord & { readonly ownerId: NodeId }, context: CallerContext): void {
    const { storage, jobs, telemetry } = this.#deps
    const { id: serverId, name: serverName } = server
    const job = { kind: 'REFRESH', id: refresh.id, tenantId: storage.tenantId, serverId, serverName } as const
    const trace = telemetry.job({ ...job, toolName: null })
    const work = async ({ signal }: Cancellation) => {
      try {
        await this.#performer.perform({ server, refresh, ownerId: refresh.ownerId, context, signal, trace })
      } finally {
        this.#running.delete(serverId)
      }
      await this.#performer.pruneHistory(serverId)
    }
    trace.within(() => jobs.start(refresh.id, work))
  }
}

/**
 * The server as it is after a change by another caller.
 *
 * @throws NOT_FOUND, DISABLED
 */
async function readAgain({ servers }: TenantStorage, { id, name }: ServerRecord): Promise<ServerRecord> {
  const server = await servers.get(id)
  if (!server) throw new RegistryError('NOT_FOUND', `No server has the id ${id}`, { path: ['id'] })
  if (!server.enabled) throw new RegistryError('DISABLED', `The server "${name}" is disabled`, { path: ['id'] })
  return server
}

function toRefreshRecord(serverId: ServerId, ownerId: NodeId, actor: string | null) {
  return {
    id: createId('refresh'),
    serverId,
    status: 'QUEUED',
    createdAt: Date.now(),
    startedAt: null,
    finishedAt: null,
    error: null,
    outcome: nothingChanged,
    ownerId,
    actor,
  } as const satisfies RefreshRecord
}
