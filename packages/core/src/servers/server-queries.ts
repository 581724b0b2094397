import { RegistryError } from '../base/errors.ts'
import { parseId } from '../base/ids.ts'
import { oauthConfigOf } from '../model/config-secrets.ts'
import type { ServerFilter, ServerSort } from '../model/filters.ts'
import type { OAuthConfig } from '../model/oauth.ts'
import { type ListOrder, pageRequest } from '../model/pages.ts'
import type { ServerRecord } from '../model/server.ts'
import type { TenantStorage } from '../storage/storage.ts'
import type { StoredServersApi } from './api.ts'
import { createServerViews } from './server-views.ts'

export interface ServerQueries extends Pick<StoredServersApi, 'get' | 'getByName' | 'getMany' | 'list' | 'count'> {
  /** The OAuth configurations of these servers, by id; a server without one is left out. */
  oauthConfigs(ids: readonly string[]): Promise<ReadonlyMap<string, OAuthConfig>>
}

const order: ListOrder<ServerSort, ServerRecord> = {
  name: 'servers',
  defaultSort: 'NAME',
  defaultDirection: 'ASC',
  key: ({ id, name, createdAt, updatedAt }, sort) => ({
    id,
    value: sort === 'NAME' ? name : sort === 'CREATED_AT' ? createdAt : updatedAt,
  }),
}

const emptyFilter: ServerFilter = {}

/** @throws NOT_FOUND */
export async function getServerOrThrow(storage: TenantStorage, id: string): Promise<ServerRecord> {
  const serverId = parseId('server', id)
  const record = serverId && (await storage.servers.get(serverId))
  if (!record) throw new RegistryError('NOT_FOUND', `No server has the id ${id.slice(0, 100)}`, { path: ['id'] })
  return record
}

export function createServerQueries(storage: TenantStorage): ServerQueries {
  const { servers } = storage
  const { viewOf, viewer } = createServerViews(storage)
  return {
    async get(id) {
      const serverId = parseId('server', id)
      const record = serverId && (await servers.get(serverId))
      return record && viewOf(record)
    },
    async getByName(name) {
      const record = await servers.getByName(name)
      return record && viewOf(record)
    },
    async getMany(ids) {
      const records = await servers.getMany(ids.flatMap((id) => parseId('server', id) ?? []))
      const view = await viewer(records)
      return new Map(records.map((record) => [record.id, view(record)]))
    },
    async list(options = {}) {
      const { query, toPage } = pageRequest(order, emptyFilter, options)
      const rows = await servers.page(query)
      return toPage(rows, await viewer(rows))
    },
    count: (filter = {}) => servers.count(filter),
    async oauthConfigs(ids) {
      const records = await servers.getMany(ids.flatMap((id) => parseId('server', id) ?? []))
      return new Map(
        records.flatMap(({ id, config }) => {
          const oauth = oauthConfigOf(config)
          return oauth ? [[id, oauth] as const] : []
        }),
      )
    },
  }
}
