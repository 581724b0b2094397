import { LRUCache } from 'lru-cache'
import type { ServerId, TenantId } from '../base/ids.ts'
import type { BudgetMeter } from '../budgets/budget-meter.ts'
import type { ResourceContents } from './api.ts'
import { isPartOf } from './part-of.ts'
import { bytesOfContents } from './resource-contents.ts'

/** What a read is of: answers are shared by reads of the same server, URI and authorization context alone. */
export interface ReadPlace {
  readonly tenantId: TenantId
  readonly serverId: ServerId
  /** Tells apart revisions of the server, variables, agents and OAuth grants. */
  readonly context: string
  readonly uri: string
}

/** A read that is under way. */
export interface PendingRead {
  /** Keeps the answer until it is no longer fresh, unless it was purged meanwhile. */
  keep(answer: ResourceContents): void
  end(): void
}

/**
 * Answers of servers that say how long they stay as they are, in memory alone. They are bounded by the budgets
 * `cachedReads` and `cachedReadBytes`, of which a tenant has its share.
 */
export interface ReadCaches {
  /** The answer that is still fresh. */
  find(place: ReadPlace): ResourceContents | undefined
  /** Begins a read; the caller ends it. */
  begin(place: ReadPlace): PendingRead
  /** Drops the answers of a server, or those that a change of `uri` concerns; reads under way are not kept either. */
  purge(serverId: ServerId, uri?: string): void
}

export interface ReadCachesDeps {
  readonly meter: BudgetMeter
  /** The share that one tenant may hold, from 0 to 1. */
  readonly share: () => number
}

interface Kept {
  readonly place: ReadPlace
  readonly answer: ResourceContents
}
type TenantCache = LRUCache<string, Kept>

const keyOf = ({ serverId, context, uri }: ReadPlace) => JSON.stringify([serverId, context, uri])

export const createReadCaches = (deps: ReadCachesDeps): ReadCaches => new BoundedReadCaches(deps)

class BoundedReadCaches implements ReadCaches {
  readonly #deps: ReadCachesDeps
  readonly #caches = new Map<TenantId, TenantCache>()
  /** The places of each server, so that a server's notifications cost nothing if nothing is kept. */
  readonly #kept = new Map<ServerId, Set<ReadPlace>>()
  readonly #pending = new Map<ServerId, Set<{ readonly uri: string; isPurged: boolean }>>()

  constructor(deps: ReadCachesDeps) {
    this.#deps = deps
  }

  find(place: ReadPlace): ResourceContents | undefined {
    const cache = this.#caches.get(place.tenantId)
    const key = keyOf(place)
    const answer = cache?.get(key)?.answer
    if (!answer?.freshUntil) return undefined
    if (answer.freshUntil.getTime() > Date.now()) return copyOf(answer)
    cache?.delete(key)
    return undefined
  }

  begin(place: ReadPlace): PendingRead {
    const { serverId, uri } = place
    const pending = { uri, isPurged: false }
    const ofServer = this.#pending.get(serverId) ?? new Set()
    this.#pending.set(serverId, ofServer.add(pending))
    return {
      keep: (answer) => {
        if (!pending.isPurged && answer.freshUntil) this.#keep(place, answer)
      },
      end: () => {
        ofServer.delete(pending)
        if (ofServer.size === 0 && this.#pending.get(serverId) === ofServer) this.#pending.delete(serverId)
      },
    }
  }

  purge(serverId: ServerId, uri?: string): void {
    for (const pending of this.#pending.get(serverId) ?? []) {
      if (uri === undefined || isPartOf(uri, pending.uri)) pending.isPurged = true
    }
    for (const place of [...(this.#kept.get(serverId) ?? [])]) {
      if (uri === undefined || isPartOf(uri, place.uri)) this.#caches.get(place.tenantId)?.delete(keyOf(place))
    }
  }

  #keep(place: ReadPlace, answer: ResourceContents): void {
    const { cachedReads, cachedReadBytes } = this.#deps.meter.budgets
    const { tenantId } = place
    const size = bytesOfContents(answer) + place.uri.length
    const share = this.#deps.share()
    if (size > cachedReadBytes * share || cachedReads * share < 1) return
    const own = this.#cacheOf(tenantId)
    own.delete(keyOf(place))
    while (own.calculatedSize + size > cachedReadBytes * share || own.size + 1 > cachedReads * share) own.pop()
    while (this.#sum(({ calculatedSize }) => calculatedSize) + size > cachedReadBytes) this.#largest().pop()
    while (this.#sum(({ size: count }) => count) + 1 > cachedReads) this.#largest().pop()
    own.set(keyOf(place), { place, answer: copyOf(answer) }, { size })
    const ofServer = this.#kept.get(place.serverId) ?? new Set()
    this.#kept.set(place.serverId, ofServer.add(place))
  }

  #cacheOf(tenantId: TenantId): TenantCache {
    const known = this.#caches.get(tenantId)
    if (known) return known
    // No cache is larger; the bounds of all caches together are above.
    const maxSize = this.#deps.meter.budgets.cachedReadBytes
    const cache = new LRUCache<string, Kept>({ maxSize, dispose: ({ place }) => this.#forget(place) })
    this.#caches.set(tenantId, cache)
    return cache
  }

  #forget(place: ReadPlace): void {
    const ofServer = this.#kept.get(place.serverId)
    ofServer?.delete(place)
    if (ofServer?.size === 0) this.#kept.delete(place.serverId)
  }

  #sum(of: (cache: TenantCache) => number): number {
    let sum = 0
    for (const cache of this.#caches.values()) sum += of(cache)
    return sum
  }

  /** The tenant that holds most gives way. */
  #largest(): TenantCache {
    const [first, ...others] = this.#caches.values()
    if (!first) throw new Error('Nothing is kept, and yet it is too much')
    return others.reduce((most, each) => (each.calculatedSize > most.calculatedSize ? each : most), first)
  }
}

/** Lists and contents of its own: what a caller does to an answer must not reach other callers. */
function copyOf({ contents, ...answer }: ResourceContents): ResourceContents {
  return { ...answer, contents: contents.map((content) => ({ ...content })) }
}
