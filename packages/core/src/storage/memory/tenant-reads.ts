import type { SortKey } from '../../model/filters.ts'
import type { ServerRecord } from '../../model/server.ts'
import { matchesAudit, matchesServer } from '../matches.ts'
import type { AuditReads, ServerReads, TenantReads } from '../storage.ts'
import { createFeatureReads } from './features.ts'
import { createLogReads, createRefreshReads, createRunReads } from './job-reads.ts'
import { createOAuthReads } from './oauth.ts'
import { createPauseReads } from './pauses.ts'
import { getMany, page } from './rows.ts'
import type { Tables } from './tables.ts'
import { createToolReads } from './tool-reads.ts'

const serverKey = (server: ServerRecord, sort: 'NAME' | 'CREATED_AT' | 'UPDATED_AT'): SortKey => ({
  id: server.id,
  value: sort === 'NAME' ? server.name : sort === 'CREATED_AT' ? server.createdAt : server.updatedAt,
})

function createServerReads({ servers }: Tables): ServerReads {
  return {
    get: async (id) => servers.get(id),
    getByName: async (name) => [...servers.values()].find((server) => server.name === name),
    getMany: async (ids) => getMany(servers, ids),
    namesOf: async (ids) => new Map(getMany(servers, ids).map(({ id, name }) => [id, name])),
    page: async (query) => page(servers.values(), query, matchesServer, serverKey),
    count: async (filter) => [...servers.values()].filter((server) => matchesServer(filter, server)).length,
  }
}

function createAuditReads({ audit }: Tables): AuditReads {
  return {
    page: async (query) => page(audit.values(), query, matchesAudit, ({ id, at }) => ({ id, value: at })),
    count: async (filter) => [...audit.values()].filter((event) => matchesAudit(filter, event)).length,
  }
}

export function createTenantReads(tables: Tables): TenantReads {
  return {
    servers: createServerReads(tables),
    tools: createToolReads(tables),
    features: createFeatureReads(tables),
    refreshes: createRefreshReads(tables),
    runs: createRunReads(tables),
    pauses: createPauseReads(tables),
    log: createLogReads(tables),
    audit: createAuditReads(tables),
    oauth: createOAuthReads(tables),
  }
}
