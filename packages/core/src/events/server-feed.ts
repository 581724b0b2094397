import { decodeSeq, encodeSeq } from '../cursors.ts'
import { invalidInput } from '../errors.ts'
import { parseId, type ServerId } from '../ids.ts'
import type { RegistryEvent, ServerEventsOptions } from '../registry.ts'
import { toMcpServer } from '../servers/server.ts'
import type { Storage } from '../storage/storage.ts'
import type { EventBus } from './bus.ts'
import type { Logged, ServerEvent } from './events.ts'
import { follow } from './follow.ts'
import { mapIterator } from './map-iterator.ts'

const log = 'servers'
const minHeartbeatMs = 1_000

function serverIdOf(id: string | undefined): ServerId | undefined {
  if (id === undefined) return undefined
  const serverId = parseId('server', id)
  if (!serverId) throw invalidInput(['serverId'], 'serverId: expected the id of a server, got another string')
  return serverId
}

/** The feed of all servers, or of one, as a reader gets it. */
export function followServers(
  storage: Storage,
  bus: EventBus,
  options: ServerEventsOptions,
): AsyncIterableIterator<RegistryEvent> {
  const { after, heartbeatMs, signal } = options
  const serverId = serverIdOf(options.serverId)
  const wanted = after === undefined ? undefined : decodeSeq(log, after)
  if (
    heartbeatMs !== undefined &&
    !(Number.isInteger(heartbeatMs) && heartbeatMs >= minHeartbeatMs && heartbeatMs < 2 ** 31)
  ) {
    throw invalidInput(
      ['heartbeatMs'],
      `heartbeatMs: expected a whole number of at least ${minHeartbeatMs}, got ${heartbeatMs}`,
    )
  }
  let lastSeq = 0
  let gapBefore: number | undefined
  // Read at once, not at the first step: what happens after this call is what the reader gets.
  const start = storage.log.serverEventRange().then(({ oldest, last }) => {
    if (wanted === undefined) lastSeq = last
    else if (wanted > last || wanted < oldest - 1) {
      gapBefore = wanted > last ? last : oldest - 1
      lastSeq = gapBefore
    } else lastSeq = wanted
    return lastSeq
  })
  const logged = follow<ServerEvent>(
    bus,
    {
      topic: log,
      start,
      read: (seq, limit) => storage.log.serverEvents(seq, limit, serverId),
      isLast: () => false,
      ...(heartbeatMs === undefined ? {} : { idleMs: heartbeatMs }),
    },
    { signal },
  )
  const events = mapIterator(
    logged,
    async (entry: Logged<ServerEvent> | undefined): Promise<RegistryEvent | undefined> => {
      if (!entry) return { type: 'Heartbeat', cursor: encodeSeq(log, lastSeq), at: new Date() }
      lastSeq = entry.seq
      const located = { cursor: encodeSeq(log, entry.seq), at: new Date(entry.at) }
      const { event } = entry
      if (event.type === 'McpServerDeleted') return { ...event, ...located }
      const server = await storage.servers.get(event.serverId)
      return server && { ...event, ...located, server: toMcpServer(server) }
    },
  )
  const next = events.next.bind(events)
  let isFirst = true
  return Object.assign(events, {
    async next() {
      if (!isFirst) return next()
      isFirst = false
      await start
      if (gapBefore === undefined) return next()
      const gap: RegistryEvent = { type: 'EventGap', cursor: encodeSeq(log, gapBefore), at: new Date() }
      return { done: false as const, value: gap }
    },
  })
}
