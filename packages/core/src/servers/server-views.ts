import { oauthConfigOf } from '../model/config-secrets.ts'
import type { McpServer, ServerRecord } from '../model/server.ts'
import type { TenantStorage } from '../storage/storage.ts'
import { toMcpServer } from './view.ts'

/** Makes servers as callers see them, with the status of their OAuth grants. */
export interface ServerViews {
  viewOf(record: ServerRecord): Promise<McpServer>
  /** Answers the view of each of `records`. Reads all their grants at once, and nothing if no server uses OAuth. */
  viewer(records: readonly ServerRecord[]): Promise<(record: ServerRecord) => McpServer>
}

export function createServerViews(storage: Pick<TenantStorage, 'oauth'>): ServerViews {
  const viewer: ServerViews['viewer'] = async (records) => {
    const ids = records.filter(({ config }) => oauthConfigOf(config)).map(({ id }) => id)
    const grants = ids.length === 0 ? [] : await storage.oauth.grants(ids)
    const byServer = new Map(grants.map((grant) => [grant.serverId, grant]))
    return (record) => toMcpServer(record, byServer.get(record.id))
  }
  return { viewer, viewOf: async (record) => (await viewer([record]))(record) }
}
