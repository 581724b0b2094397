import type { NodeId, ServerId, TenantId } from '../base/ids.ts'
import { createTurns, inTurn } from '../budgets/turns.ts'
import { oauthConfigOf } from '../model/config-secrets.ts'
import type { RequestAuthorizer } from '../model/request-authorizer.ts'
import type { ReadSecret } from '../oauth/client-authentication.ts'
import { createOAuth, type OAuth } from '../oauth/oauth.ts'
import type { Connections } from '../policy/connections.ts'
import type { KeyRing } from '../secrets/key-ring.ts'
import type { ServerSecrets } from '../secrets/server-secrets.ts'
import type { DialTarget } from '../sessions/dial-target.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import type { ResolvedOptions } from './options.ts'
import type { TenantGrounds } from './tenant-ground.ts'

export interface TenantOAuthDeps {
  readonly grounds: TenantGrounds
  readonly keyRing: KeyRing
  readonly connections: Connections
  readonly nodes: { readonly self: NodeId }
  readonly closing: AbortSignal
  /** A tenant's share of the budgets, from 0 to 1. */
  readonly share: () => number
  readonly telemetry: Telemetry
  readonly options: ResolvedOptions
}

/** The OAuth of all tenants, each created on first use. */
export interface TenantOAuths {
  of(id: TenantId): OAuth
  /** What authorizes the requests of a session; undefined if its server does not use OAuth. */
  authorizerOf(target: DialTarget): RequestAuthorizer | undefined
  /** `listener` is called when the identity behind a server's tokens has changed. */
  onReplaced(listener: (serverId: ServerId) => void): void
  /** Has every grant read anew: another node may have changed them. */
  invalidate(): void
  close(): Promise<void>
}

export function createTenantOAuths(deps: TenantOAuthDeps): TenantOAuths {
  const { grounds, keyRing, connections, nodes, closing, share, telemetry, options } = deps
  const max = options.budgets.authorizations
  const beginning = createTurns<TenantId>({ max, share })
  const ending = createTurns<TenantId>({ max, share })
  const all = new Map<TenantId, OAuth>()
  let replaced: (serverId: ServerId) => void = () => undefined

  function create(id: TenantId): OAuth {
    const { storage, statuses, secrets } = grounds.of(id)
    return createOAuth({
      storage,
      keyRing,
      readSecret: readSecretWith(secrets),
      dispatcher: () => connections.of(id),
      nodeId: nodes.self,
      options: options.oauth,
      closing,
      turns: {
        begin: (signal, work) => inTurn(beginning, id, signal, work),
        end: (signal, work) => inTurn(ending, id, signal, work),
      },
      onAuthRequired: ({ serverId }, error, isStepUp) => statuses.needAuth(serverId, error, isStepUp),
      onRenewed: (serverId, outcome) => telemetry.onTokensRenewed?.({ tenantId: id, serverId, outcome }),
      onReplaced: (serverId) => replaced(serverId),
      onError: options.onError,
    })
  }

  const of = (id: TenantId) => {
    const oauth = all.get(id) ?? create(id)
    all.set(id, oauth)
    return oauth
  }

  return {
    of,
    authorizerOf({ tenantId, serverId, serverName, revision, config }) {
      const oauth = oauthConfigOf(config)
      if (!oauth || config.transport === 'stdio') return undefined
      const target = { serverId, serverName, serverUrl: config.serverUrl, config: oauth }
      return of(tenantId).authorizer(target, String(revision))
    },
    onReplaced(listener) {
      replaced = listener
    },
    invalidate() {
      for (const oauth of all.values()) oauth.invalidate()
    },
    async close() {
      await Promise.all([...all.values()].map((oauth) => oauth.close()))
    },
  }
}

function readSecretWith(secrets: ServerSecrets): ReadSecret {
  return (serverId, name, value, signal) => secrets.read(serverId, { place: `oauth:${name}`, name, value }, signal)
}
