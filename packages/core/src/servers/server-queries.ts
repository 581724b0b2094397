import { RegistryError } from '../base/errors.ts'
import { parseId } from '../base/ids.ts'
import type { ServerFilter, ServerSort } from '../model/filters.ts'
import { type ListOrder, pageRequest } from '../model/pages.ts'
import type { ServerRecord } from '../model/server.ts'
import type { TenantStorage } from '../storage/storage.ts'
import type { StoredServersApi } from './api.ts'
import { toMcpServer } from './view.ts'

export type ServerQueries = Pick<StoredServersApi, 'get' | 'getByName' | 'getMany' | 'list' | 'count'>

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

export function createServerQueries({ servers }: TenantStorage): ServerQueries {
  return {
    async get(id) {
      const serverId = parseId('server', id)
      const record = serverId && (await servers.get(serverId))
      return record && toMcpServer(record)
    },
    async getByName(name) {
      const record = await servers.getByName(name)
      return record && toMcpServer(record)
    },
    async getMany(ids) {
      const records = await servers.getMany(ids.flatMap((id) => parseId('server', id) ?? []))
      return new Map(records.map((record) => [record.id, toMcpServer(record)]))
    },
    async list(options = {}) {
      const { query, toPage } = pageRequest(order, emptyFilter, options)
      return toPage(await servers.page(query), toMcpServer)
    },
    count: (filter = {}) => servers.count(filter),
  }
}
