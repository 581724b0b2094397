import { isDeepStrictEqual } from 'node:util'
import { RegistryError } from '../../base/errors.ts'
import type { ServerId } from '../../base/ids.ts'
import type { Quota } from '../../model/quota.ts'
import type { ServerRecord } from '../../model/server.ts'
import type { ToolRecord } from '../../model/tool.ts'
import { otherState, QuotaExceeded, staleRevision } from '../errors.ts'
import type { QuotaWrite, ServerWrite } from '../write.ts'
import { deleteFeaturesOf, featureUsageOf } from './features.ts'
import { deleteOAuthOf } from './oauth.ts'
import type { Tables, ToolUsage } from './tables.ts'
import { getOrThrow, put, take, type Undo } from './undo.ts'

function assertNameIsFree({ servers }: Tables, server: ServerRecord): void {
  for (const other of servers.values()) {
    if (other.name !== server.name || other.id === server.id) continue
    throw new RegistryError('NAME_TAKEN', `The name "${server.name}" is taken by the server ${other.id}`, {
      path: ['name'],
      details: { serverId: other.id },
    })
  }
}

export function applyServerWrite(tables: Tables, write: ServerWrite): Undo[] {
  const { servers, tools, toolUsage } = tables
  switch (write.kind) {
    case 'insertServer':
      assertNameIsFree(tables, write.server)
      return [put(servers, write.server.id, write.server)]
    case 'updateServer': {
      const before = getOrThrow(servers, write.server.id, 'server')
      if (before.revision !== write.ifRevision) throw staleRevision(before.id, write.ifRevision)
      assertNameIsFree(tables, write.server)
      return [put(servers, before.id, { ...write.server, state: before.state })]
    }
    case 'setServerState': {
      const { serverId, state, ifRevision, ifState } = write
      const server = getOrThrow(servers, serverId, 'server')
      if (ifRevision !== undefined && server.revision !== ifRevision) throw staleRevision(serverId, ifRevision)
      if (ifState && !isDeepStrictEqual(server.state, ifState)) throw otherState(serverId)
      return [put(servers, serverId, { ...server, state })]
    }
    case 'deleteServer': {
      const server = getOrThrow(servers, write.serverId, 'server')
      const owned = [...tools.values()].filter((tool) => tool.serverId === server.id)
      servers.delete(server.id)
      for (const tool of owned) tools.delete(tool.id)
      return [
        ...take(toolUsage, server.id),
        ...deleteFeaturesOf(tables, server.id),
        ...deleteOAuthOf(tables, server.id),
        () => servers.set(server.id, server),
        ...owned.map((tool) => () => tools.set(tool.id, tool)),
      ]
    }
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

function usedOf({ servers, toolUsage, featureUsage }: Tables, quota: Quota): number {
  if (quota === 'serversPerTenant') return servers.size
  if (quota === 'featuresPerTenant' || quota === 'featureBytesPerTenant') {
    return featureUsage.values().reduce((sum, usage) => sum + usage[quota], 0)
  }
  return toolUsage.values().reduce((sum, usage) => sum + usage[quota], 0)
}

export function applyQuotaWrite(tables: Tables, write: QuotaWrite): Undo[] {
  const { servers, tools, toolUsage, featureUsage } = tables
  if (write.kind === 'assertQuota') {
    if (usedOf(tables, write.quota) > write.atMost) throw new QuotaExceeded(write.quota, write.atMost)
    return []
  }
  const { serverId } = write
  if (!servers.has(serverId)) return []
  if (write.kind === 'recountFeatures') return [put(featureUsage, serverId, featureUsageOf(tables, serverId))]
  return [put(toolUsage, serverId, usageOf(tools.values(), serverId))]
}
