import { startDeadline, unlessAborted } from '../base/deadline.ts'
import { RegistryError } from '../base/errors.ts'
import type { ServerId, TenantId } from '../base/ids.ts'
import { createTurns, inTurn } from '../budgets/turns.ts'
import type { DialTarget } from './dial-target.ts'
import { createDialer, type DialerOptions } from './dialer.ts'
import { createRequestLimiter } from './request-limiter.ts'
import type { McpSession } from './session.ts'

export interface SessionPoolOptions extends Omit<DialerOptions, 'onEnding'> {
  /** How long a session is kept that nobody uses, in ms. */
  readonly idleMs: number
  /** A session that nobody was using was ended by the other side. */
  readonly onLost: (target: DialTarget, error: RegistryError) => void
}

export interface UseOptions {
  readonly signal: AbortSignal
  /** How long this caller waits for a connection, where that is less than the target's `connectMs`. */
  readonly connectMs?: number
  readonly onPhase?: (phase: 'CONNECTING' | 'NEGOTIATING') => void
}

/** Keeps sessions open between uses. Closing it ends them all. */
export interface SessionPool {
  /** Open sessions and those being dialled. */
  readonly size: number
  /** Open sessions that nobody uses. */
  readonly idle: number
  /** Callers that wait for their turn at a server, or for room. */
  readonly waiting: number
  /** How many have been opened so far. */
  readonly opened: number
  /**
   * Lends the session for `target`, dialling it where there is none; callers share a session and its dial. Waits, in
   * order, while the server has as many requests as it may, and by turns of tenants while the pool has as many sessions,
   * or the tenant its share of them: an idle one goes then. Rejects with what the dial rejects with, TIMEOUT, CLOSED, the
   * signal's reason, and what the task rejects with.
   */
  use<T>(target: DialTarget, options: UseOptions, task: (session: McpSession) => Promise<T>): Promise<T>
  /**
   * Dials `target` and ends the session at once: no caller gets it, and no state of a server hears of it. Waits for room
   * as `use` does. Rejects with what the dial rejects with, CLOSED, and the signal's reason.
   */
  probe(target: DialTarget, signal: AbortSignal): Promise<void>
  /** Whether a task for `target` would begin without waiting. */
  isFree(target: DialTarget): boolean
  /** Calls `listener` for each server that says that its list of tools has changed. There is one listener at a time. */
  onToolsChanged(listener: (target: DialTarget) => void): void
  /** The sessions that are open. */
  open(): readonly OpenSession[]
  /** No new task gets the sessions that the server has now; each ends once its tasks have. */
  retire(serverId: ServerId): void
  close(): Promise<void>
}

export interface OpenSession {
  readonly target: DialTarget
  readonly session: McpSession
  /** No new task gets it; it ends once its tasks have. */
  retire(): void
}

interface Entry {
  readonly target: DialTarget
  readonly dialing: AbortController
  /** Resolves once there is room for it. */
  readonly room: Promise<void>
  readonly session: Promise<McpSession>
  /** Set once dialled. */
  open: McpSession | undefined
  /** Gives its room back; set once it has some. */
  giveBack: (() => void) | undefined
  users: number
  retired: boolean
  idleTimer: NodeJS.Timeout | undefined
}

const isIdle = ({ users, open }: Entry) => users === 0 && open !== undefined

export function createSessionPool(options: SessionPoolOptions): SessionPool {
  const { idleMs, share, onLost } = options
  const { budgets } = options.environment.meter
  const slots = createRequestLimiter(budgets.requestsPerServer)
  const places = createTurns<TenantId>({ max: budgets.sessions, share, reclaim: endIdle })
  const dialer = createDialer({ ...options, onEnding: track })
  // Least recently used first.
  const entries = new Map<string, Entry>()
  // Retired entries that are still in use.
  const leaving = new Set<Entry>()
  const endings = new Set<Promise<void>>()
  let closed = false
  let onToolsChanged: (target: DialTarget) => void = () => undefined

  function track(ending: Promise<void>): void {
    endings.add(ending)
    void ending.finally(() => endings.delete(ending))
  }

  function endEntry(entry: Entry): void {
    clearTimeout(entry.idleTimer)
    leaving.delete(entry)
    entry.dialing.abort(new RegistryError('CANCELED', 'The session is no longer needed'))
    track(
      entry.session.then(
        (session) => session.close(),
        // A dial that failed has ended what it started.
        () => undefined,
      ),
    )
    entry.giveBack?.()
  }

  function remove(entry: Entry): void {
    if (entries.get(entry.target.key) === entry) entries.delete(entry.target.key)
    if (entry.retired) return
    entry.retired = true
    clearTimeout(entry.idleTimer)
    if (entry.users === 0) endEntry(entry)
    else leaving.add(entry)
  }

  function release(entry: Entry): void {
    entry.users -= 1
    if (entry.users > 0) return
    if (entry.retired) {
      endEntry(entry)
      return
    }
    if (!entry.open?.isOpen || idleMs === 0) {
      remove(entry)
      return
    }
    // The last in the map is the one that was used last.
    entries.delete(entry.target.key)
    entries.set(entry.target.key, entry)
    if (Number.isFinite(idleMs)) entry.idleTimer = setTimeout(() => remove(entry), idleMs).unref()
    places.retry()
  }

  /** Ends the least recently used idle session of the tenant, or of the one of all that has most. */
  function endIdle(tenantId: TenantId | undefined): boolean {
    const idle = entries.values().filter(isIdle).toArray()
    const owner = tenantId ?? holdsMost(idle)
    const entry = idle.find(({ target }) => target.tenantId === owner)
    if (!entry) return false
    remove(entry)
    return true
  }

  /** Of those that have one of the `idle`. */
  function holdsMost(idle: readonly Entry[]): TenantId | undefined {
    const all = [...entries.values(), ...leaving].filter(({ giveBack }) => giveBack)
    const held = Map.groupBy(all, ({ target }) => target.tenantId)
    const sizeOf = ({ target }: Entry) => held.get(target.tenantId)?.length ?? 0
    return idle.toSorted((a, b) => sizeOf(b) - sizeOf(a))[0]?.target.tenantId
  }

  async function openSession(entry: Entry, onPhase: UseOptions['onPhase']): Promise<McpSession> {
    const { target, dialing } = entry
    dialing.signal.throwIfAborted()
    onPhase?.('CONNECTING')
    const session = await dialer.open(target, dialing.signal, () => onPhase?.('NEGOTIATING'))
    entry.open = session
    // One that dies while it is idle is not kept.
    session.onClose((error) => {
      if (error && entry.users === 0) onLost(target, error)
      remove(entry)
    })
    session.onToolsChanged(() => {
      if (!entry.retired) onToolsChanged(target)
    })
    if (!session.isOpen) remove(entry)
    return session
  }

  function enter(target: DialTarget, onPhase: UseOptions['onPhase']): Entry {
    const dialing = new AbortController()
    const place = places.acquire(target.tenantId, dialing.signal)
    const entry: Entry = {
      target,
      dialing,
      room: place.then((giveBack) => {
        entry.giveBack = giveBack
        // It may have been ended since it was given.
        if (dialing.signal.aborted) giveBack()
      }),
      session: place.then(() => openSession(entry, onPhase)),
      open: undefined,
      giveBack: undefined,
      users: 0,
      retired: false,
      idleTimer: undefined,
    }
    entries.set(target.key, entry)
    // Those who wait for the session hear of either.
    entry.room.catch(() => undefined)
    entry.session.catch(() => remove(entry))
    return entry
  }

  /** The entry to use, with this caller counted among its users. */
  function join(target: DialTarget, onPhase: UseOptions['onPhase']): Entry {
    if (closed) throw new RegistryError('CLOSED', 'The registry is closed')
    const entry = entries.get(target.key) ?? enter(target, onPhase)
    clearTimeout(entry.idleTimer)
    entry.users += 1
    return entry
  }

  /** One caller that leaves must not end the dial of the others; the last one out does, by release(). */
  async function dialled({ room, session, target }: Entry, { signal, connectMs = target.connectMs }: UseOptions) {
    if (connectMs >= target.connectMs) return unlessAborted(session, signal)
    await unlessAborted(room, signal)
    using deadline = startDeadline(signal, [{ name: 'connectMs', ms: connectMs }])
    return await unlessAborted(session, deadline.signal)
  }

  return {
    get size() {
      return places.taken
    },
    get idle() {
      return entries.values().filter(isIdle).toArray().length
    },
    get waiting() {
      let waiting = slots.waiting
      for (const { users, giveBack } of [...entries.values(), ...leaving]) if (!giveBack) waiting += users
      return waiting
    },
    get opened() {
      return dialer.opened
    },
    async probe(target, signal) {
      if (closed) throw new RegistryError('CLOSED', 'The registry is closed')
      await inTurn(places, target.tenantId, signal, async () => track((await dialer.probe(target, signal)).close()))
    },
    isFree: ({ key, serverId }) => slots.isFree(serverId) && entries.get(key)?.open?.isOpen === true,
    async use(target, useOptions, task) {
      const giveBack = await slots.acquire(target.serverId, useOptions.signal)
      try {
        const entry = join(target, useOptions.onPhase)
        try {
          return await task(entry.open ?? (await dialled(entry, useOptions)))
        } finally {
          release(entry)
        }
      } finally {
        giveBack()
      }
    },
    onToolsChanged(listener) {
      onToolsChanged = listener
    },
    open() {
      return entries
        .values()
        .flatMap((entry) => {
          const { target, open } = entry
          return open?.isOpen ? [{ target, session: open, retire: () => remove(entry) }] : []
        })
        .toArray()
    },
    retire(serverId) {
      dialer.forget(serverId)
      for (const entry of [...entries.values()]) if (entry.target.serverId === serverId) remove(entry)
    },
    async close() {
      closed = true
      dialer.close()
      for (const entry of entries.values()) entry.retired = true
      for (const entry of [...entries.values(), ...leaving]) endEntry(entry)
      entries.clear()
      // A dial that is broken off has a child to end, which comes to them once the dial has failed.
      while (endings.size > 0) await Promise.all(endings)
    },
  }
}
