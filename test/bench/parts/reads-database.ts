import { createId, defaultTenant, type ServerId } from '../../../packages/core/src/base/ids.ts'
import type { FeatureRecord } from '../../../packages/core/src/model/feature.ts'
import { neverConnected, type ServerRecord } from '../../../packages/core/src/model/server.ts'
import type { ToolDefinition, ToolRecord } from '../../../packages/core/src/model/tool.ts'
import type { StorageAdapter } from '../../../packages/core/src/storage/storage.ts'
import type { Write } from '../../../packages/core/src/storage/write.ts'
import { resource } from '../../storage/feature-records.ts'
import { toolAt } from '../fixture/tools.ts'

// The storage interface is no part of the packages' surface, so this reads the sources, as the storage's suite does.

export interface Contents {
  readonly servers: number
  readonly tools: number
  /** A server with more than a page of tools. */
  readonly largeServerId: ServerId
}

const largeSize = 55
const smallSize = 5

function serverRecord(index: number): ServerRecord {
  return {
    id: createId('server'),
    name: `server ${String(index).padStart(5, '0')}`,
    description: null,
    enabled: true,
    labels: [],
    config: { transport: 'streamableHttp', serverUrl: `http://127.0.0.1:9/${index}`, auth: null, headers: [] },
    timeouts: { connectMs: 30_000, requestMs: 60_000, maxTotalMs: 600_000 },
    protocolEra: 'AUTO',
    toolChangePolicy: 'ACCEPT',
    approvalPolicy: 'NEVER',
    inputPolicy: 'PAUSE',
    refreshIntervalMs: null,
    revision: 1,
    createdAt: 1_700_000_000_000 + index,
    updatedAt: 1_700_000_000_000 + index,
    state: neverConnected,
  }
}

function toolRecord(server: ServerRecord, index: number, serverIndex: number): ToolRecord {
  // The fixture makes definitions, and says of them only that they are objects.
  const definition = toolAt(index, { tools: 0, server: serverIndex, outputSchemas: false }) as ToolDefinition
  return {
    id: createId('tool'),
    serverId: server.id,
    definition,
    definitionText: JSON.stringify(definition),
    quarantine: null,
    holdsHints: false,
    settings: {
      enabled: true,
      tags: [],
      returnCharLimit: null,
      recordArgs: null,
      recordResults: null,
      approvalPolicy: null,
    },
    firstSeenAt: server.createdAt,
    updatedAt: server.createdAt,
    removedAt: null,
  }
}

/** Writes the servers and their tools, ten a server: every tenth has 55 of them, the others 5. */
export async function fillDatabase(adapter: StorageAdapter, servers: number): Promise<Contents> {
  const storage = await adapter.open()
  let tools = 0
  let largeServerId: ServerId | undefined
  try {
    for (let first = 0; first < servers; first += 100) {
      const writes: Write[] = []
      for (let index = first; index < Math.min(first + 100, servers); index += 1) {
        const server = serverRecord(index)
        const isLarge = index % 10 === 0
        const size = isLarge ? largeSize : smallSize
        if (isLarge && index >= servers / 2 && largeServerId === undefined) largeServerId = server.id
        writes.push({ kind: 'insertServer', server })
        writes.push({
          kind: 'insertTools',
          tools: Array.from({ length: size }, (_, place) => toolRecord(server, tools + place, index)),
        })
        tools += size
      }
      await storage.tenant(defaultTenant).commit(writes)
      if (first % 1_000 === 0) process.stderr.write('+')
    }
  } finally {
    await storage.close()
  }
  if (largeServerId === undefined) throw new RangeError('Too few servers for a large one')
  return { servers, tools, largeServerId }
}

function resourceRecord({ id: serverId, createdAt }: ServerRecord, index: number): FeatureRecord<'RESOURCE'> {
  const uri = `file:///srv/reports/${index % 97}/report_${index}.txt`
  const definition = {
    name: `report_${String(index).padStart(6, '0')}`,
    title: `Report number ${index}`,
    description:
      `Report number ${index}: what came in, what went out, and what is left of it at the end of the month. `.repeat(4),
    mimeType: 'text/plain',
    size: index,
  }
  return { ...resource(serverId, uri, definition), firstSeenAt: createdAt, updatedAt: createdAt }
}

const entriesOfServer = 100

/** Writes servers with a hundred tools and a hundred resources each; answers how many there are of each kind. */
export async function fillWithResources(adapter: StorageAdapter, servers: number): Promise<number> {
  const storage = await adapter.open()
  try {
    for (let index = 0; index < servers; index += 1) {
      const server = serverRecord(index)
      const places = Array.from({ length: entriesOfServer }, (_, place) => index * entriesOfServer + place)
      await storage.tenant(defaultTenant).commit([
        { kind: 'insertServer', server },
        { kind: 'insertTools', tools: places.map((place) => toolRecord(server, place, index)) },
        { kind: 'insertFeatures', features: places.map((place) => resourceRecord(server, place)) },
      ])
    }
  } finally {
    await storage.close()
  }
  return servers * entriesOfServer
}
