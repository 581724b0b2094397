import { invalidInput } from '../base/errors.ts'
import { parseId, type RunId, type ServerId } from '../base/ids.ts'
import type { EventBus } from '../events/bus.ts'
import { follow, type LogEntry, type LogPage, pageSize } from '../events/follow.ts'
import { decodeSeq, encodeSeq } from '../model/cursors.ts'
import { feedOf, type Logged, type ServerEvent } from '../model/events.ts'
import type { TenantStorage } from '../storage/storage.ts'
import type { RegistryEvent, ServerEventsOptions } from './api.ts'
import { createServerViews } from './server-views.ts'

const log = 'servers'
const minHeartbeatMs = 1_000

function serverIdOf(id: string | undefined): ServerId | undefined {
  if (id === undefined) return undefined
  const serverId = parseId('server', id)
  if (!serverId) throw invalidInput(['serverId'], 'serverId: expected the id of a server, got another string')
  return serverId
}

function checkHeartbeat(ms: number | undefined): void {
  if (ms === undefined || (Number.isInteger(ms) && ms >= minHeartbeatMs && ms < 2 ** 31)) return
  const message = `heartbeatMs: expected a whole number of at least ${minHeartbeatMs}, got ${ms}`
  throw invalidInput(['heartbeatMs'], message)
}

/** The runs that the events name, but for those that the history has pruned meanwhile. */
async function keptRuns(storage: TenantStorage, events: readonly Logged<ServerEvent>[]): Promise<ReadonlySet<RunId>> {
  const ids = new Set(events.flatMap(({ event }) => ('runId' in event ? event.runId : [])))
  const kept = new Set<RunId>()
  for (const id of ids) if (await storage.runs.get(id)) kept.add(id)
  return kept
}

/** The events with their servers as they are now; the events of a server or run that was deleted meanwhile are left out. */
async function presentEvents(
  storage: TenantStorage,
  events: readonly Logged<ServerEvent>[],
): Promise<LogEntry<RegistryEvent>[]> {
  const ids = new Set(events.map(({ event }) => event.serverId))
  const records = ids.size === 0 ? [] : await storage.servers.getMany([...ids])
  const view = await createServerViews(storage).viewer(records)
  const servers = new Map(records.map((record) => [record.id, view(record)]))
  const runs = await keptRuns(storage, events)
  return events.map(({ seq, at, event }) => {
    const located = { cursor: encodeSeq(log, seq), at: new Date(at) }
    const server = servers.get(event.serverId)
    if (event.type === 'McpServerDeleted') return { seq, isLast: false, value: { ...event, ...located } }
    const isLeftOut = 'runId' in event && !runs.has(event.runId)
    return { seq, isLast: false, value: server && !isLeftOut ? { ...event, ...located, server } : undefined }
  })
}

/** Follows the feed of all servers, or of one. */
export function followServers(
  storage: TenantStorage,
  bus: EventBus,
  options: ServerEventsOptions,
): AsyncIterableIterator<RegistryEvent> {
  const { after, heartbeatMs, signal } = options
  const serverId = serverIdOf(options.serverId)
  const wanted = after === undefined ? undefined : decodeSeq(log, after)
  checkHeartbeat(heartbeatMs)
  /** The place of the last event that the reader received. */
  let lastSeq = 0

  async function begin(): Promise<number> {
    lastSeq = wanted ?? (await storage.log.lastServerSeq())
    return lastSeq
  }

  async function read(from: number): Promise<LogPage<RegistryEvent>> {
    const { events, oldest, last } = await storage.log.serverEvents(from, pageSize, serverId)
    const entries = await presentEvents(storage, events)
    const isBehind = from < oldest - 1
    if (isBehind || from > last) {
      const seq = isBehind ? oldest - 1 : last
      entries.unshift({ seq, isLast: false, value: { type: 'EventGap', cursor: encodeSeq(log, seq), at: new Date() } })
    }
    // The reader has passed the events of other servers: forgetting them leaves no gap for it.
    const hasMore = events.length === pageSize
    if (!hasMore && last > (entries.at(-1)?.seq ?? from)) entries.push({ seq: last, isLast: false, value: undefined })
    return { entries, hasMore }
  }

  const events = follow<RegistryEvent>(
    bus,
    {
      topic: feedOf(storage.tenantId),
      // Begins now and not at the first step: the reader receives everything after this call.
      start: begin(),
      place: (from) => `${serverId ?? 'all'} ${from}`,
      read,
      ...(heartbeatMs === undefined
        ? {}
        : {
            idle: {
              ms: heartbeatMs,
              value: () => ({ type: 'Heartbeat', cursor: encodeSeq(log, lastSeq), at: new Date() }),
            },
          }),
    },
    { signal },
  )
  const next = events.next.bind(events)
  return Object.assign(events, {
    async next() {
      const step = await next()
      if (!step.done) lastSeq = decodeSeq(log, step.value.cursor)
      return step
    },
  })
}
