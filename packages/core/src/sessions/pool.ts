import { RegistryError } from '../base/errors.ts'
import type { ServerId, TenantId } from '../base/ids.ts'
import { createTurns, inTurn, type Turns } from '../budgets/turns.ts'
import type { DialPhase } from './dial-phase.ts'
import type { DialTarget } from './dial-target.ts'
import { createDialer, type Dialer, type DialerOptions } from './dialer.ts'
import { chooseEviction, isDoubtful, isIdle, type PoolEntry, type WaitOptions, waitForDial } from './pool-entry.ts'
import { createRequestLimiter, type RequestLimiter } from './request-limiter.ts'
import type { McpSession } from './session.ts'

export interface SessionPoolOptions extends Omit<DialerOptions, 'onEnding'> {
  /** Time that an unused session is kept, in ms. */
  readonly idleMs: number
  /** Called when the other side ended a session that no caller was using. */
  readonly onLost: (target: DialTarget, error: RegistryError) => void
}

export interface UseOptions extends WaitOptions {
  readonly onPhase?: (phase: 'CONNECTING' | DialPhase) => void
}

/** Keeps sessions open between uses. Closing it ends them all. */
export interface SessionPool {
  /** Open sessions and those being dialled. */
  readonly size: number
  /** Open sessions without users. */
  readonly idle: number
  /** Callers that wait for their turn at a server, or for room in the pool. */
  readonly waiting: number
  /** Sessions opened so far. */
  readonly opened: number
  /**
   * Lends the session for `target`, and dials if there is no open one, or if the server has to be asked for its era
   * again; callers share a session and its dial. Waits in order while the server has all the requests it may have. Waits
   * by turns of tenants while the pool, or the tenant's share of it, is full: an idle session then goes. Rejects with
   * what the dial and the task reject with, and the signal's reason.
   * @throws TIMEOUT, CLOSED
   */
  use<T>(target: DialTarget, options: UseOptions, task: (session: McpSession) => Promise<T>): Promise<T>
  /**
   * Dials `target` and ends the session at once: no caller gets it, and no status of a server changes. Waits for room
   * as `use` does. Rejects with what the dial rejects with, and the signal's reason.
   * @throws CLOSED
   */
  probe(target: DialTarget, signal: AbortSignal): Promise<void>
  /** Whether a task for `target` would begin without waiting. */
  isFree(target: DialTarget): boolean
  /**
   * Calls `listener` for each server that says that one of its lists has changed. A new listener replaces the last.
   */
  onListChanged(listener: (target: DialTarget) => void): void
  /** All open sessions. */
  open(): readonly OpenSession[]
  /** Keeps new tasks from the server's present sessions; each ends once its tasks have. */
  retire(serverId: ServerId): void
  close(): Promise<void>
}

export interface OpenSession {
  readonly target: DialTarget
  readonly session: McpSession
  /** Keeps new tasks from the session; it ends once its tasks have. */
  retire(): void
}

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
      const entry = this.#join(target, options.onPhase)
      try {
        return await task(entry.open ?? (await waitForDial(entry, options)))
      } finally {
        this.#release(entry)
      }
    } finally {
      giveBack()
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
    for (const entry of [...this.#entries.values()]) if (entry.target.serverId === serverId) this.#retire(entry)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#dialer.close()
    for (const entry of this.#entries.values()) entry.isRetired = true
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
  #join(target: DialTarget, onPhase: UseOptions['onPhase']): PoolEntry {
    this.#assertOpen()
    const known = this.#entries.get(target.key)
    if (known && isDoubtful(known)) this.#retire(known)
    const entry = this.#entries.get(target.key) ?? this.#add(target, onPhase)
    entry.users += 1
    return entry
  }

  #add(target: DialTarget, onPhase: UseOptions['onPhase']): PoolEntry {
    const dialing = new AbortController()
    const place = this.#places.acquire(target.tenantId, dialing.signal)
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
      isRetired: false,
      idleTimer: undefined,
      idleSince: 0,
      doubtfulAt: undefined,
    }
    this.#entries.set(target.key, entry)
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
    if (!session.isOpen) this.#retire(entry)
    return session
  }

  #release(entry: PoolEntry): void {
    const { idleMs } = this.#options
    entry.users -= 1
    if (entry.users > 0) return
    if (entry.isRetired) {
      this.#end(entry)
      return
    }
    if (!entry.open?.isOpen || idleMs === 0) {
      this.#retire(entry)
      return
    }
    // Moves the entry to the end of the map, as the most recently used.
    if (this.#entries.size > 1) {
      this.#entries.delete(entry.target.key)
      this.#entries.set(entry.target.key, entry)
    }
    entry.idleSince = performance.now()
    if (Number.isFinite(idleMs) && !entry.idleTimer) this.#retireIfIdleFor(entry, idleMs)
    this.#places.retry()
  }

  /** One timer serves many uses: it starts again if there was one meanwhile. */
  #retireIfIdleFor(entry: PoolEntry, ms: number): void {
    entry.idleTimer = setTimeout(() => {
      entry.idleTimer = undefined
      // Its release starts the timer.
      if (entry.users > 0) return
      const leftMs = entry.idleSince + this.#options.idleMs - performance.now()
      if (leftMs > 1) this.#retireIfIdleFor(entry, leftMs)
      else this.#retire(entry)
    }, ms).unref()
  }

  #evictIdle(tenantId: TenantId | undefined): boolean {
    const idle = this.#entries.values().filter(isIdle).toArray()
    const held = this.#all().filter(({ giveBack }) => giveBack)
    const entry = chooseEviction(idle, held, tenantId)
    if (!entry) return false
    this.#retire(entry)
    return true
  }

  #retire(entry: PoolEntry): void {
    if (this.#entries.get(entry.target.key) === entry) this.#entries.delete(entry.target.key)
    if (entry.isRetired) return
    entry.isRetired = true
    clearTimeout(entry.idleTimer)
    if (entry.users === 0) this.#end(entry)
    else this.#retired.add(entry)
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
