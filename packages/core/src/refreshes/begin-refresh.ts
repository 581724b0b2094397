import { isRegistryError, RegistryError } from '../base/errors.ts'
import { createId, type NodeId, parseId, type RefreshId, type ServerId } from '../base/ids.ts'
import { cancelOnAbort } from '../jobs/running-jobs.ts'
import { checkActor } from '../model/actor.ts'
import { hasEnded } from '../model/events.ts'
import { nothingChanged, type RefreshRecord } from '../model/job.ts'
import type { CallerContext } from '../model/resolve-config.ts'
import type { ServerRecord } from '../model/server.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import type { RefreshOptions } from './api.ts'
import { createRefreshPerformer, type RefreshDeps } from './refresh.ts'

export interface BeginRefreshDeps extends RefreshDeps {
  /** This node, which another one takes its place of once its lease was lost. */
  readonly nodes: { readonly self: NodeId }
  readonly telemetry: Telemetry
}

/** A refresh that was asked for; `deduplicated` if it was under way already. */
export interface BegunRefresh {
  readonly id: RefreshId
  readonly deduplicated: boolean
}

export interface RefreshBeginning {
  /** Starts a refresh, or joins the one that runs for the server, on whatever node. Throws NOT_FOUND, DISABLED and CLOSED. */
  begin(server: ServerRecord, options: RefreshOptions): Promise<BegunRefresh>
  /** The refresh that runs for the server, here or on another node. */
  unfinishedOf(serverId: ServerId): Promise<RefreshId | undefined>
}

export function createRefreshBeginning(deps: BeginRefreshDeps): RefreshBeginning {
  const { storage, jobs, nodes, telemetry } = deps
  const { perform, pruneHistory } = createRefreshPerformer(deps)
  const running = new Map<ServerId, Promise<RefreshId>>()

  /** Inserts a refresh and starts it; answers another one that is unfinished instead, if there is one. */
  async function start(server: ServerRecord, context: CallerContext, actor: string | null): Promise<RefreshId> {
    const ownerId = nodes.self
    const refresh = toRefreshRecord(server.id, ownerId, actor)
    try {
      await storage.commit([{ kind: 'insertRefresh', refresh, ifRevision: server.revision }], ownerId)
    } catch (error) {
      if (isRegistryError(error, 'REVISION_CONFLICT')) return start(await readAnew(server), context, actor)
      if (!isRegistryError(error, 'IDEMPOTENCY_CONFLICT')) throw error
      const { jobId } = error.details
      const other = jobId === undefined ? undefined : parseId('refresh', jobId)
      // The other one has ended in the meantime.
      if (other === undefined) return start(server, context, actor)
      running.delete(server.id)
      return other
    }
    startJob(server, refresh, context)
    return refresh.id
  }

  function startJob(
    server: ServerRecord,
    refresh: RefreshRecord & { readonly ownerId: NodeId },
    context: CallerContext,
  ) {
    const { id: serverId, name: serverName } = server
    const job = { kind: 'REFRESH', id: refresh.id, tenantId: storage.tenantId, serverId, serverName } as const
    const trace = telemetry.job({ ...job, toolName: null })
    const work = async (signal: AbortSignal) => {
      try {
        await perform({ server, refresh, ownerId: refresh.ownerId, context, signal, trace })
      } finally {
        running.delete(serverId)
      }
      await pruneHistory(serverId)
    }
    trace.within(() => jobs.start(refresh.id, work))
  }

  /** The server as another caller has left it. */
  async function readAnew({ id, name }: ServerRecord): Promise<ServerRecord> {
    const server = await storage.servers.get(id)
    if (!server) throw new RegistryError('NOT_FOUND', `No server has the id ${id}`, { path: ['id'] })
    if (!server.enabled) throw new RegistryError('DISABLED', `The server "${name}" is disabled`, { path: ['id'] })
    return server
  }

  return {
    async begin(server, { signal, actor, ...context }) {
      jobs.assertOpen()
      checkActor(actor)
      const joined = running.get(server.id)
      if (joined) return { id: await joined, deduplicated: true }
      const started = start(server, context, actor ?? null)
      running.set(server.id, started)
      started.catch(() => running.delete(server.id))
      const id = await started
      if (!jobs.has(id)) return { id, deduplicated: true }
      cancelOnAbort(jobs, id, signal)
      return { id, deduplicated: false }
    },
    async unfinishedOf(serverId) {
      await running.get(serverId)?.catch(() => undefined)
      const latest = (await storage.refreshes.latestByServer([serverId])).get(serverId)
      return latest && !hasEnded(latest.status) ? latest.id : undefined
    },
  }
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
