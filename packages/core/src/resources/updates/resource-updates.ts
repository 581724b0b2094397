import type { AuditInput } from '../../audit/api.ts'
import type { AuditLog } from '../../audit/audit.ts'
import { headOf } from '../../base/cut-text.ts'
import { invalidInput, isRegistryError, RegistryError } from '../../base/errors.ts'
import { parseId, type ServerId } from '../../base/ids.ts'
import { kindOf } from '../../base/json.ts'
import type { BudgetMeter } from '../../budgets/budget-meter.ts'
import type { EventBus, Subscription } from '../../events/bus.ts'
import { checkActor } from '../../model/actor.ts'
import { feedOf } from '../../model/events.ts'
import type { ServerRecord } from '../../model/server.ts'
import { shortestTimeouts } from '../../model/timeouts.ts'
import type { ServerSecrets } from '../../secrets/server-secrets.ts'
import { type DialTarget, dialTargetOf } from '../../sessions/dial-target.ts'
import type { SessionPool } from '../../sessions/session-pool.ts'
import type { TenantStorage } from '../../storage/storage.ts'
import type { HeardUpdate, McpResourceUpdate, ResourceUpdatesOptions } from './api.ts'
import { FollowedServer } from './followed-server.ts'
import { Follower } from './follower.ts'

/** Characters of URIs in the audit. */
const maxAudited = 2_000
/** Delay of the check for changed servers, in ms: changes come in bursts, and are applied together. */
const afterMs = 100
/** Delay of the next check after one that failed, in ms. */
const afterFailureMs = 1_000

export interface ResourceUpdatesDeps {
  readonly storage: TenantStorage
  readonly bus: EventBus
  readonly pool: Pick<SessionPool, 'hold'>
  readonly secrets: ServerSecrets
  readonly meter: BudgetMeter
  readonly audit: Pick<AuditLog, 'orRefused' | 'done'>
  readonly onError: (error: unknown) => void
}

/** Follows resources of the servers of a tenant, on this node: each node holds the subscriptions of its own followers. */
export interface ResourceUpdates {
  /** Followers, each counted once for each of its URIs. */
  readonly followers: number
  /** Followed resources, each counted once for each of its credentials. */
  readonly uris: number
  /** @throws INVALID_INPUT, LIMIT_EXCEEDED, CLOSED; the first step of the iterator rejects with what comes later */
  follow(options: ResourceUpdatesOptions): AsyncIterableIterator<McpResourceUpdate, undefined, undefined>
  /**
   * Calls `listener` for each update that this node hears of, and for each resource whose updates may have been missed,
   * before followers get it: what is kept of the resource is to be dropped. Returns the function that stops listening.
   */
  onHeard(listener: (update: HeardUpdate) => void): () => void
}

interface Wanted {
  readonly serverId: ServerId
  readonly uris: readonly string[]
  readonly context: Pick<ResourceUpdatesOptions, 'variables' | 'agentId'>
  readonly audited: AuditInput
  /** Where it is followed now. */
  at: FollowedServer | undefined
}

export const createResourceUpdates = (deps: ResourceUpdatesDeps): ResourceUpdates => new TenantResourceUpdates(deps)

class TenantResourceUpdates implements ResourceUpdates {
  readonly #deps: ResourceUpdatesDeps
  readonly #wanted = new Map<Follower, Wanted>()
  /** By the keys of their sessions. */
  readonly #servers = new Map<string, FollowedServer>()
  readonly #urisOf = new Map<ServerId, number>()
  readonly #listeners = new Set<(update: HeardUpdate) => void>()
  #followers = 0
  #uris = 0
  /** Of the feed, whose events may be changes of followed servers, by any node. */
  #subscription: Subscription | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(deps: ResourceUpdatesDeps) {
    this.#deps = deps
  }

  get followers() {
    return this.#followers
  }

  get uris() {
    return this.#uris
  }

  follow({ signal, ...options }: ResourceUpdatesOptions): Follower {
    if (this.#deps.bus.closed) throw closed()
    const wanted = this.#parse(options)
    return new Follower({
      signal,
      begin: (follower) => this.#begin(follower, wanted),
      onEnd: (follower) => this.#end(follower),
    })
  }

  onHeard(listener: (update: HeardUpdate) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #parse({ serverId: id, uris: given, actor, ...context }: ResourceUpdatesOptions): Wanted {
    const { meter } = this.#deps
    checkActor(actor)
    const serverId = typeof id === 'string' ? parseId('server', id) : undefined
    if (!serverId) throw invalidInput(['serverId'], 'serverId: expected the id of a server, got another value')
    if (!Array.isArray(given) || given.length === 0) {
      throw invalidInput(['uris'], `uris: expected a list of at least one URI, got ${kindOf(given)}`)
    }
    const { followedUrisPerServer, followedUriBytes } = meter.budgets
    if (given.length > followedUrisPerServer) {
      throw meter.exceeded('followedUrisPerServer', { what: 'uris', got: given.length, path: ['uris'] })
    }
    for (const [index, uri] of given.entries()) {
      const path = ['uris', String(index)]
      if (typeof uri !== 'string' || uri === '') {
        throw invalidInput(path, `uris.${index}: expected a URI, got ${uri === '' ? 'an empty string' : kindOf(uri)}`)
      }
      const got = Buffer.byteLength(uri)
      if (got > followedUriBytes) throw meter.exceeded('followedUriBytes', { what: `uris.${index}`, got, path })
    }
    const uris = [...new Set(given)]
    const targetName = headOf(uris.join(' '), maxAudited)
    const audited = { action: 'RESOURCE_FOLLOWED', actor, targetId: serverId, targetName } as const
    return { serverId, uris, context, audited, at: undefined }
  }

  /** Records one event, however many resources are followed. */
  async #begin(follower: Follower, wanted: Wanted): Promise<void> {
    const { audit, storage } = this.#deps
    await audit.orRefused(wanted.audited, () => this.#join(follower, wanted))
    await storage.commit([audit.done(wanted.audited)])
  }

  async #join(follower: Follower, wanted: Wanted): Promise<void> {
    const { bus, storage, meter } = this.#deps
    const { length } = wanted.uris
    if (bus.closed) throw closed()
    if (this.#followers + length > meter.budgets.followersPerTenant) {
      throw meter.exceeded('followersPerTenant', { what: 'followers of resources', path: ['uris'], retryable: true })
    }
    this.#followers += length
    this.#wanted.set(follower, wanted)
    // Before the server is read, so that no change of it is missed.
    this.#subscription ??= bus.subscribe(feedOf(storage.tenantId), () => this.#onChange())
    const server = usable(await storage.servers.get(wanted.serverId), wanted.serverId)
    if (!follower.hasEnded) this.#place(follower, wanted, server)
  }

  #end(follower: Follower): void {
    const wanted = this.#wanted.get(follower)
    if (!wanted) return
    this.#wanted.delete(follower)
    this.#followers -= wanted.uris.length
    for (const uri of wanted.uris) wanted.at?.leave(uri, follower)
    if (this.#wanted.size > 0) return
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#subscription?.end()
    this.#subscription = undefined
  }

  /** @throws INVALID_INPUT, LIMIT_EXCEEDED */
  #place(follower: Follower, wanted: Wanted, server: ServerRecord): void {
    const { storage, secrets, meter } = this.#deps
    const target = dialTargetOf(storage.tenantId, server, wanted.context, secrets)
    const known = this.#servers.get(target.key)
    const added = wanted.uris.filter((uri) => !known?.has(uri)).length
    const { followedUrisPerServer, followedUrisPerTenant } = meter.budgets
    const refusal = { what: 'followed resources', path: ['uris'], retryable: true }
    if ((this.#urisOf.get(server.id) ?? 0) + added > followedUrisPerServer) {
      throw meter.exceeded('followedUrisPerServer', refusal)
    }
    if (this.#uris + added > followedUrisPerTenant) throw meter.exceeded('followedUrisPerTenant', refusal)
    const followed = known ?? this.#add(target, server)
    wanted.at = followed
    for (const uri of wanted.uris) followed.follow(uri, follower)
  }

  #add(target: DialTarget, server: ServerRecord): FollowedServer {
    const { pool, meter } = this.#deps
    const { serverId, key } = target
    const followed = new FollowedServer({
      target,
      pool,
      requestMs: shortestTimeouts(meter, server.timeouts, undefined).requestMs,
      intervalMs: 1_000 / meter.budgets.resourceUpdatesPerSecond,
      isCurrent: (each) => this.#isCurrent(each),
      onHeard: (uri) => {
        for (const listener of this.#listeners) listener({ serverId, key, uri })
      },
      onCount: (change) => this.#count(serverId, change),
      onEmpty: (each) => this.#forget(each),
    })
    this.#servers.set(key, followed)
    return followed
  }

  #count(serverId: ServerId, change: 1 | -1): void {
    this.#uris += change
    const count = (this.#urisOf.get(serverId) ?? 0) + change
    if (count === 0) this.#urisOf.delete(serverId)
    else this.#urisOf.set(serverId, count)
  }

  #forget(followed: FollowedServer): void {
    if (this.#servers.get(followed.target.key) === followed) this.#servers.delete(followed.target.key)
  }

  async #isCurrent(followed: FollowedServer): Promise<boolean> {
    const { serverId, revision } = followed.target
    const record = await this.#deps.storage.servers.get(serverId)
    this.#apply(followed, record)
    return record?.enabled === true && record.revision === revision
  }

  /** Ends the followers of a server that cannot be used any more, and moves those of one that was changed. */
  #apply(followed: FollowedServer, record: ServerRecord | undefined): void {
    const { serverId, revision } = followed.target
    let server: ServerRecord
    try {
      server = usable(record, serverId)
    } catch (error) {
      followed.fail(error)
      return
    }
    if (server.revision === revision) return
    const followers = followed.followers()
    this.#forget(followed)
    followed.close()
    for (const follower of followers) {
      const wanted = this.#wanted.get(follower)
      if (!wanted) continue
      wanted.at = undefined
      try {
        this.#place(follower, wanted, server)
      } catch (error) {
        follower.fail(error)
      }
    }
  }

  #onChange(): void {
    if (this.#deps.bus.closed) {
      for (const follower of [...this.#wanted.keys()]) follower.complete()
    } else this.#checkIn(afterMs)
  }

  #checkIn(ms: number): void {
    this.#timer ??= setTimeout(() => {
      this.#check().catch((error: unknown) => {
        if (isRegistryError(error, 'CLOSED') || this.#wanted.size === 0) return
        this.#deps.onError(error)
        this.#checkIn(afterFailureMs)
      })
    }, ms).unref()
  }

  /** Compares the followed servers with what is stored of them. */
  async #check(): Promise<void> {
    this.#timer = undefined
    const followed = [...this.#servers.values()]
    const ids = new Set(followed.map(({ target }) => target.serverId))
    if (ids.size === 0) return
    const records = await this.#deps.storage.servers.getMany([...ids])
    const byId = new Map(records.map((record) => [record.id, record]))
    for (const each of followed) {
      if (this.#servers.get(each.target.key) === each) this.#apply(each, byId.get(each.target.serverId))
    }
  }
}

const closed = () => new RegistryError('CLOSED', 'The registry is closed')

/** @throws NOT_FOUND, DISABLED */
function usable(server: ServerRecord | undefined, id: ServerId): ServerRecord {
  const path = ['serverId']
  if (!server) throw new RegistryError('NOT_FOUND', `No server has the id ${id}`, { path })
  if (server.enabled) return server
  throw new RegistryError('DISABLED', `The server "${server.name}" is disabled`, { path })
}
