import { invalidInput, isRegistryError, RegistryError } from '../base/errors.ts'
import { feedOf } from '../model/events.ts'
import type { OAuthConfig } from '../model/oauth.ts'
import type { ServerRecord } from '../model/server.ts'
import type { GrantTarget } from '../oauth/grant-target.ts'
import type { StoredServersApi } from './api.ts'
import { grantTargetOf } from './grant-target-of.ts'
import { feedWrite, targetOf } from './server-change.ts'
import type { ServersDeps } from './server-deps.ts'
import { getServerOrThrow } from './server-queries.ts'
import type { ServerViews } from './server-views.ts'

export type ServerConnection = Pick<StoredServersApi, 'beginAuth' | 'completeAuth' | 'checkAuth' | 'disconnectAuth'>

export interface ServerConnectionDeps extends ServersDeps {
  readonly update: StoredServersApi['update']
  readonly views: ServerViews
}

/** OAuth of a server that its owner did not configure: what the server itself says decides. */
const defaultOAuth: OAuthConfig = {
  type: 'OAUTH',
  grant: 'AUTHORIZATION_CODE',
  clientId: null,
  clientSecret: null,
  privateKey: null,
  signingAlgorithm: null,
  scopes: null,
  issuer: null,
  assertion: null,
  idp: null,
  dpop: false,
}

/** @throws INVALID_INPUT */
function browserTarget({ id, name, config }: ServerRecord): GrantTarget {
  const path = ['serverId']
  if (config.transport === 'stdio') {
    throw invalidInput(path, `"${name}" is a stdio server: it takes its credentials from its environment, not by OAuth`)
  }
  const { auth, headers } = config
  if (auth?.type === 'HEADER') {
    throw invalidInput(path, `"${name}" sends the header ${auth.header}; set its auth to oauth, and connect it then`)
  }
  if (headers.some((header) => header.name.toLowerCase() === 'authorization')) {
    throw invalidInput(path, `"${name}" sends its own header Authorization; remove it, and connect it then`)
  }
  if (auth !== null && auth.grant !== 'AUTHORIZATION_CODE') {
    throw invalidInput(path, `"${name}" connects by itself (${auth.grant}), without a browser; refresh it`)
  }
  return { serverId: id, serverName: name, serverUrl: config.serverUrl, config: auth ?? defaultOAuth }
}

export function createServerConnection(deps: ServerConnectionDeps): ServerConnection {
  const { storage, bus, pool, statuses, refreshes, audit, oauth, onError, options } = deps

  async function changed(record: ServerRecord, action: 'SERVER_CONNECTED' | 'SERVER_DISCONNECTED', actor?: string) {
    await storage.commit([
      feedWrite('McpServerUpdated', record.id, options.maxFeedEvents),
      audit.done({ action, actor, targetId: record.id, targetName: record.name }),
    ])
    bus.notify(feedOf(storage.tenantId))
    // Its sessions are of the identity before.
    pool.retire(record.id)
  }

  return {
    async beginAuth(id, given = {}) {
      const { actor } = given
      const entry = { action: 'SERVER_AUTH_BEGUN', actor, ...targetOf(id) } as const
      return await audit.orRefused(entry, async () => {
        const record = await getServerOrThrow(storage, id)
        const begun = await oauth.begin(browserTarget(record), given)
        // The server has said that it wants OAuth.
        const isNew = record.config.transport !== 'stdio' && record.config.auth === null
        if (isNew)
          await deps.update(id, { config: { transport: record.config.transport, auth: { oauth: {} } } }, { actor })
        await storage.commit([audit.done({ ...entry, targetName: record.name })])
        return begun
      })
    },
    async completeAuth(answer, given = {}) {
      const flow = await oauth.find(answer, given)
      const { actor = flow.actor ?? undefined } = given
      const entry = { action: 'SERVER_CONNECTED', actor, targetId: flow.serverId } as const
      const record = await audit.orRefused(entry, async () => {
        const found = await storage.servers.get(flow.serverId)
        if (!found) throw invalidInput(['state'], 'state: the server that it was begun for was deleted')
        await oauth.complete(browserTarget(found), flow, answer)
        return found
      })
      await changed(record, 'SERVER_CONNECTED', actor)
      if (record.enabled) await refreshes.begin(record, { actor }).catch(ignoreClosed(onError))
      return await deps.views.viewOf((await storage.servers.get(record.id)) ?? record)
    },
    async checkAuth(id, given = {}) {
      const record = await getServerOrThrow(storage, id)
      const target = grantTargetOf(record)
      if (target) return await oauth.check(target, given)
      throw invalidInput(['serverId'], `"${record.name}" does not use OAuth; there is nothing to check`)
    },
    async disconnectAuth(id, { actor } = {}) {
      const entry = { action: 'SERVER_DISCONNECTED', actor, ...targetOf(id) } as const
      const record = await audit.orRefused(entry, async () => {
        const found = await getServerOrThrow(storage, id)
        const target = grantTargetOf(found)
        if (!target)
          throw invalidInput(['serverId'], `"${found.name}" does not use OAuth; there is nothing to disconnect`)
        const { revoked } = await oauth.disconnect(target)
        await revoked
        return found
      })
      await changed(record, 'SERVER_DISCONNECTED', actor)
      const message = `The server "${record.name}" was disconnected; connect it by OAuth`
      const details = { authentication: 'OAUTH' } as const
      await statuses.needAuth(record.id, new RegistryError('AUTH_REQUIRED', message, { details }), false)
      return await deps.views.viewOf((await storage.servers.get(record.id)) ?? record)
    },
  }
}

/** The server is connected in any case; that its refresh could not begin is no reason to say otherwise. */
const ignoreClosed = (onError: (error: unknown) => void) => (error: unknown) => {
  if (!isRegistryError(error, 'CLOSED')) onError(error)
}
