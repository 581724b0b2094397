import type { OAuthClientInformationFull } from '@modelcontextprotocol/client'
import { isRegistryError, RegistryError } from '../base/errors.ts'
import type { ServerId } from '../base/ids.ts'
import type { OAuthFlowRecord, OAuthFlowSecrets, OAuthGrantRecord, OAuthTokens } from '../model/oauth.ts'
import { isGrantFor } from '../model/oauth-grant.ts'
import type { Sealed } from '../model/secret.ts'
import type { KeyRing } from '../secrets/key-ring.ts'
import type { TenantStorage } from '../storage/storage.ts'
import type { Write } from '../storage/write.ts'
import type { GrantTarget } from './grant-target.ts'

/** Registrations that one tenant keeps, the newest: each redirect URI of a loopback port is another one. */
const clientsKept = 10_000
/** Flows that one server may have under way. */
const flowsKept = 10

/** The tokens, clients and flows of one tenant: sealed where they are stored, and changed by compare-and-set alone. */
export interface Vault {
  /** The grant of a server as it is configured now: that of another configuration is as good as none, and is never used. */
  grant(target: GrantTarget): Promise<OAuthGrantRecord>
  /** @throws SECRET_UNREADABLE */
  openTokens(grant: OAuthGrantRecord): Promise<OAuthTokens | undefined>
  sealTokens(serverId: ServerId, tokens: OAuthTokens): Sealed
  /**
   * Replaces `grant` by it with `changes`, together with `writes`. Resolves with the new one, or undefined if another write
   * came first. Rejects with NOT_FOUND if the server was deleted.
   */
  change(
    grant: OAuthGrantRecord,
    changes: Partial<OAuthGrantRecord>,
    writes?: readonly Write[],
  ): Promise<OAuthGrantRecord | undefined>
  client(issuer: string, redirectUri: string): Promise<OAuthClientInformationFull | undefined>
  keepClient(issuer: string, redirectUri: string, information: OAuthClientInformationFull): Promise<void>
  forgetClient(issuer: string, redirectUri: string): Promise<void>
  flow(stateHash: string): Promise<OAuthFlowRecord | undefined>
  keepFlow(flow: Omit<OAuthFlowRecord, 'secrets'>, secrets: OAuthFlowSecrets): Promise<void>
  /** Takes the flow, so that it is used once; undefined if it is used already. */
  takeFlow(flow: OAuthFlowRecord): Promise<OAuthFlowSecrets | undefined>
}

export interface VaultDeps {
  readonly storage: TenantStorage
  readonly keyRing: KeyRing
}

export const createVault = (deps: VaultDeps): Vault => new SealingVault(deps)

class SealingVault implements Vault {
  readonly #storage: TenantStorage
  readonly #keyRing: KeyRing

  constructor({ storage, keyRing }: VaultDeps) {
    this.#storage = storage
    this.#keyRing = keyRing
  }

  async grant({ serverId, serverUrl, config }: GrantTarget): Promise<OAuthGrantRecord> {
    const stored = await this.#storage.oauth.grant(serverId)
    if (stored && isGrantFor(serverUrl, config, stored)) return stored
    const { version = 0, generation = 0, pinned = null } = stored ?? {}
    return { ...notConnected(serverId, serverUrl), version, generation, pinned }
  }

  async openTokens({ serverId, tokens }: OAuthGrantRecord): Promise<OAuthTokens | undefined> {
    if (tokens === null) return undefined
    // Sealed by sealTokens alone.
    return JSON.parse(await this.#open(tokens, ['tokens', serverId])) as OAuthTokens
  }

  sealTokens(serverId: ServerId, tokens: OAuthTokens): Sealed {
    return this.#seal(tokens, ['tokens', serverId])
  }

  async change(
    grant: OAuthGrantRecord,
    changes: Partial<OAuthGrantRecord>,
    writes: readonly Write[] = [],
  ): Promise<OAuthGrantRecord | undefined> {
    const next = { ...grant, ...changes, version: grant.version + 1, updatedAt: Date.now() }
    try {
      await this.#storage.commit([{ kind: 'setOAuthGrant', grant: next, ifVersion: grant.version }, ...writes])
      return next
    } catch (error) {
      if (isRegistryError(error, 'REVISION_CONFLICT')) return undefined
      throw error
    }
  }

  async client(issuer: string, redirectUri: string): Promise<OAuthClientInformationFull | undefined> {
    const client = await this.#storage.oauth.client(issuer, redirectUri)
    if (client === undefined) return undefined
    const text = await this.#open(client.information, ['client', issuer, redirectUri])
    // Sealed by keepClient alone.
    const information = JSON.parse(text) as OAuthClientInformationFull
    const { client_secret_expires_at: expiresAt = 0 } = information
    return expiresAt !== 0 && expiresAt * 1_000 < Date.now() ? undefined : information
  }

  async keepClient(issuer: string, redirectUri: string, information: OAuthClientInformationFull): Promise<void> {
    const sealed = this.#seal(information, ['client', issuer, redirectUri])
    const client = { issuer, redirectUri, information: sealed, createdAt: Date.now() }
    await this.#storage.commit([{ kind: 'setOAuthClient', client, keep: clientsKept }])
  }

  async forgetClient(issuer: string, redirectUri: string): Promise<void> {
    await this.#storage.commit([{ kind: 'deleteOAuthClient', issuer, redirectUri }])
  }

  flow(stateHash: string): Promise<OAuthFlowRecord | undefined> {
    return this.#storage.oauth.flow(stateHash)
  }

  async keepFlow(flow: Omit<OAuthFlowRecord, 'secrets'>, secrets: OAuthFlowSecrets): Promise<void> {
    const sealed = this.#seal(secrets, ['flow', flow.stateHash])
    await this.#storage.commit([{ kind: 'insertOAuthFlow', flow: { ...flow, secrets: sealed }, keep: flowsKept }])
  }

  async takeFlow({ stateHash, secrets }: OAuthFlowRecord): Promise<OAuthFlowSecrets | undefined> {
    const text = await this.#open(secrets, ['flow', stateHash])
    try {
      await this.#storage.commit([{ kind: 'takeOAuthFlow', stateHash }])
    } catch (error) {
      if (isRegistryError(error, 'NOT_FOUND')) return undefined
      throw error
    }
    // Sealed by keepFlow alone.
    return JSON.parse(text) as OAuthFlowSecrets
  }

  #contextOf(place: readonly string[]): string {
    return JSON.stringify(['oauth', this.#storage.tenantId, ...place])
  }

  #seal(value: unknown, place: readonly string[]): Sealed {
    return this.#keyRing.seal(JSON.stringify(value), this.#contextOf(place))
  }

  async #open(sealed: Sealed, place: readonly string[]): Promise<string> {
    const opened = await this.#keyRing.open(sealed, this.#contextOf(place))
    if ('text' in opened) return opened.text
    const [what] = place
    const message = `The ${what} of OAuth cannot be read: ${opened.problem}; connect the server again`
    throw new RegistryError('SECRET_UNREADABLE', message)
  }
}

/** What a disconnected server has. The pin of the owner's credentials stays: it ends when auth is set again. */
export const disconnected = {
  state: 'NOT_CONNECTED',
  reason: null,
  scopes: [],
  requestedScopes: [],
  // The server is asked anew: its challenge names the scopes, too.
  resourceMetadataUrl: null,
  stepUps: 0,
  refusedGeneration: null,
  connectedAt: null,
  issuedAt: null,
  expiresAt: null,
  tokens: null,
  isRenewable: false,
  renewal: null,
  authorizingUntil: null,
} as const

/** The grant of a server that was never connected. */
function notConnected(serverId: ServerId, serverUrl: string): OAuthGrantRecord {
  return {
    ...disconnected,
    serverId,
    version: 0,
    serverUrl,
    endpoints: null,
    pinned: null,
    resource: null,
    clientId: null,
    registration: null,
    redirectUri: null,
    generation: 0,
    updatedAt: 0,
  }
}
