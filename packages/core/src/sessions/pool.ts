import { RegistryError } from '../base/errors.ts'
import type { ServerId, TenantId } from '../base/ids.ts'
import { createTurns, inTurn, type Release, type Turns } from '../budgets/turns.ts'
import type { DialTarget } from './dial-target.ts'
import { createDialer, type Dialer } from './dialer.ts'
import { chooseEviction } from './eviction.ts'
import {
  type HeldSession,
  type HoldEnd,
  type HoldOptions,
  isDoubtful,
  isIdle,
  type PoolEntry,
  waitForDial,
  watchIdle,
} from './pool-entry.ts'
import { createRequestLimiter, type RequestLimiter } from './request-limiter.ts'
import type { McpSession } from './session.ts'
import type { OpenSession, SessionPool, SessionPoolOptions, UseOptions } from './session-pool.ts'

export type { OpenSession, SessionPool, SessionPoolOptions, UseOptions } from './session-pool.ts'

export const createSessionPool = (options: SessionPoolOptions): SessionPool => new Pool(options)

class Pool implements SessionPool {
  readonly #options: SessionPoolOptions
  readonly #requests: RequestLimiter
  readonly #places: Turns<TenantId>
  readonly #dialer: Dialer
  /** By the key of the target, the least recently used first. */
  readonly #entries = new Map<string, PoolEntry>()
  /** Retired entries that still have users. */
  readonly #retired = new Set<PoolEntry>()
  readonly #endings = new Set<Promise<void>>()
  #isClosed = false
  #listChanged: (target: DialTarget) => void = () => undefined
  #retiredServer: (serverId: ServerId) => void = () => undefined
  #visited: (target: DialTarget, elicitationId: string) => void = () => undefined

  constructor(options: SessionPoolOptions) {
    const { budgets } = options.environment.meter
    const reclaim = (tenantId: TenantId | undefined) => this.#evictIdle(tenantId)
    this.#options = options
    this.#requests = createRequestLimiter(budgets.requestsPerServer)
    this.#places = createTurns<TenantId>({ max: budgets.sessions, share: options.share, reclaim })
    this.#dialer = createDialer({ ...options, onEnding: (ending) => this.#track(ending) })
  }

  get size() {
    return this.#places.taken
  }

  get idle() {
    return this.#entries.values().filter(isIdle).toArray().length
  }

  get waiting() {
    let waiting = this.#requests.waiting
    for (const { users, giveBack } of this.#all()) if (!giveBack) waiting += users
    return waiting
  }

  get opened() {
    return this.#dialer.opened
  }

  async use<T>(target: DialTarget, options: UseOptions, task: (session: McpSession) => Promise<T>): Promise<T> {
    const requests = this.#requests
    const giveBack = requests.tryAcquire(target.serverId) ?? (await requests.acquire(target.serverId, options.signal))
    try {
      const entry = this.#join(target, 'CALLER', options.onPhase)
      try {
        return await task(entry.open ?? (await waitForDial(entry, options)))
      } finally {
        this.#release(entry)
      }
    } finally {
      giveBack()
    }
  }

  async hold(target: DialTarget, { onEnded, ...options }: HoldOptions): Promise<HeldSession> {
    const entry = this.#join(target, 'FOLLOWER')
    try {
      const session = entry.open ?? (await waitForDial(entry, options))
      if (entry.isRetired) {
        const message = 'The session ended before it could be held'
        throw new RegistryError('CONNECT_FAILED', message, { retryable: true })
      }
      entry.holders.add(onEnded)
      return {
        session,
        takeTurn: (signal) => this.#requests.acquire(target.serverId, signal),
        release: () => {
          if (entry.holders.delete(onEnded)) this.#rest(entry)
        },
      }
    } finally {
      this.#release(entry)
    }
  }

  async probe(target: DialTarget, signal: AbortSignal): Promise<void> {
    this.#assertOpen()
    await inTurn(this.#places, target.tenantId, signal, async () => {
      const session = await this.#dialer.probe(target, signal)
      this.#track(session.close())
    })
  }

  isFree({ key, serverId }: DialTarget): boolean {
    const entry = this.#entries.get(key)
    return entry?.open?.isOpen === true && !isDoubtful(entry) && this.#requests.isFree(serverId)
  }

  onListChanged(listener: (target: DialTarget) => void): void {
    this.#listChanged = listener
  }

  onRetired(listener: (serverId: ServerId) => void): void {
    this.#retiredServer = listener
  }

  onVisited(listener: (target: DialTarget, elicitationId: string) => void): void {
    this.#visited = listener
  }

  open(): readonly OpenSession[] {
    return this.#entries
      .values()
      .flatMap((entry) => {
        const { target, open } = entry
        return open?.isOpen ? [{ target, session: open, retire: () => this.#retire(entry) }] : []
      })
      .toArray()
  }

  retire(serverId: ServerId): void {
    this.#dialer.forget(serverId)
    this.#retiredServer(serverId)
    for (const entry of [...this.#entries.values()]) if (entry.target.serverId === serverId) this.#retire(entry)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#dialer.close()
    for (const entry of [...this.#entries.values()]) this.#retire(entry)
    for (const entry of this.#all()) this.#end(entry)
    this.#entries.clear()
    // An aborted dial has a child to end: that end is added once the dial has failed.
    while (this.#endings.size > 0) await Promise.all(this.#endings)
  }

  #all(): PoolEntry[] {
    return [...this.#entries.values(), ...this.#retired]
  }

  #assertOpen(): void {
    if (this.#isClosed) throw new RegistryError('CLOSED', 'The registry is closed')
  }

  #track(ending: Promise<void>): void {
    this.#endings.add(ending)
    void ending.finally(() => this.#endings.delete(ending))
  }

  /** The entry to use, with this caller counted among its users. */
  #join(target: DialTarget, user: 'CALLER' | 'FOLLOWER', onPhase?: UseOptions['onPhase']): PoolEntry {
    this.#assertOpen()
    const known = this.#entries.get(target.key)
    if (known && isDoubtful(known)) this.#retire(known)
    const isCalled = user === 'CALLER'
    const entry = this.#entries.get(target.key) ?? this.#add(target, isCalled, onPhase)
    entry.users += 1
    if (isCalled && !entry.isCalled) {
      entry.isCalled = true
      // What did not give way to a follower does to a caller.
      this.#places.retry()
    }
    return entry
  }

  #add(target: DialTarget, isCalled: boolean, onPhase: UseOptions['onPhase']): PoolEntry {
    const dialing = new AbortController()
    const placed = Promise.withResolvers<Release>()
    const place = placed.promise
    const entry: PoolEntry = {
      target,
      dialing,
      room: place.then((giveBack) => {
        entry.giveBack = giveBack
        // The entry may have ended since it was given room.
        if (dialing.signal.aborted) giveBack()
      }),
      session: place.then(() => this.#dial(entry, onPhase)),
      open: undefined,
      giveBack: undefined,
      users: 0,
      holders: new Set(),
      isCalled,
      isRetired: false,
      idleTimer: undefined,
      idleSince: 0,
      doubtfulAt: undefined,
    }
    this.#entries.set(target.key, entry)
    // Once it is known: whom others make room for depends on who asks.
    placed.resolve(this.#places.acquire(target.tenantId, dialing.signal))
    // Callers that wait for the session receive either rejection.
    entry.room.catch(() => undefined)
    entry.session.catch(() => this.#retire(entry))
    return entry
  }

  async #dial(entry: PoolEntry, onPhase: UseOptions['onPhase']): Promise<McpSession> {
    const { target, dialing } = entry
    dialing.signal.throwIfAborted()
    onPhase?.('CONNECTING')
    const { session, doubtfulAt } = await this.#dialer.open(target, dialing.signal, (phase) => onPhase?.(phase))
    entry.open = session
    entry.doubtfulAt = doubtfulAt
    // A session that dies while idle is not kept.
    session.onClose((error) => {
      if (error && entry.users === 0) this.#options.onLost(target, error)
      this.#retire(entry)
    })
    session.onListChanged(() => {
      if (!entry.isRetired) this.#listChanged(target)
    })
    session.onVisited((elicitationId) => this.#visited(target, elicitationId))
    if (!session.isOpen) this.#retire(entry)
    return session
  }

  #release(entry: PoolEntry): void {
    entry.users -= 1
    this.#rest(entry)
  }

  /** Keeps or ends an entry that may have become idle. */
  #rest(entry: PoolEntry): void {
    const { idleMs } = this.#options
    if (entry.users > 0) return
    if (entry.isRetired) {
      this.#end(entry)
      return
    }
    if (!entry.open?.isOpen || (idleMs === 0 && entry.holders.size === 0)) {
      this.#retire(entry)
      return
    }
    // Moves the entry to the end of the map, as the most recently used.
    if (this.#entries.size > 1) {
      this.#entries.delete(entry.target.key)
      this.#entries.set(entry.target.key, entry)
    }
    entry.idleSince = performance.now()
    if (Number.isFinite(idleMs) && !entry.idleTimer) watchIdle(entry, idleMs, () => this.#retire(entry))
    this.#places.retry()
  }

  #evictIdle(tenantId: TenantId | undefined): boolean {
    const held = this.#all().filter(({ giveBack }) => giveBack)
    const entry = chooseEviction([...this.#entries.values()], held, tenantId)
    if (!entry) return false
    this.#retire(entry, 'GAVE_WAY')
    return true
  }

  #retire(entry: PoolEntry, why: HoldEnd = 'OVER'): void {
    if (this.#entries.get(entry.target.key) === entry) this.#entries.delete(entry.target.key)
    if (entry.isRetired) return
    entry.isRetired = true
    clearTimeout(entry.idleTimer)
    const holders = [...entry.holders]
    entry.holders.clear()
    if (entry.users === 0) this.#end(entry)
    else this.#retired.add(entry)
    for (const onEnded of holders) onEnded(why)
  }

  #end(entry: PoolEntry): void {
    clearTimeout(entry.idleTimer)
    this.#retired.delete(entry)
    entry.dialing.abort(new RegistryError('CANCELED', 'The session is no longer needed'))
    this.#track(
      entry.session.then(
        (session) => session.close(),
        // A dial that failed has ended what it started.
        () => undefined,
      ),
    )
    entry.giveBack?.()
  }
}
