import { oauthConfigOf } from '../model/config-secrets.ts'
import type { ServerRecord } from '../model/server.ts'
import type { GrantTarget } from '../oauth/grant-target.ts'

/** What OAuth needs to know of a server; undefined if the server does not use it. */
export function grantTargetOf({ id, name, config }: ServerRecord): GrantTarget | undefined {
  const oauth = oauthConfigOf(config)
  if (!oauth || config.transport === 'stdio') return undefined
  return { serverId: id, serverName: name, serverUrl: config.serverUrl, config: oauth }
}
