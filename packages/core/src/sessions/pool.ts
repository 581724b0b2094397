import { RegistryError } from '../errors.ts'
import type { ServerId } from '../ids.ts'
import { startDeadline, unlessAborted } from './deadline.ts'
import { type DialEnvironment, dial } from './dial.ts'
import { createDialGate, type DialGate } from './dial-gate.ts'
import type { DialTarget } from './dial-target.ts'
import type { McpSession, SessionFacts } from './session.ts'
import { createSlots, inLine } from './slots.ts'

export type DialEvent =
  | { readonly type: 'CONNECTING' }
  | { readonly type: 'READY'; readonly facts: SessionFacts; readonly latencyMs: number }
  | { readonly type: 'FAILED'; readonly error: unknown }

export interface SessionPoolOptions {
  readonly environment: DialEnvironment
  /** How long a session is kept that nobody uses, in ms. */
  readonly idleMs: number
  /** What of all sessions a tenant may have, from 0 to 1. */
  readonly share: () => number
  /** Hears of every connection attempt; awaited, so that what it stores is there when the session is used. */
  readonly onDial: (target: DialTarget, event: DialEvent) => Promise<void>
  /** A session that nobody was using was ended by the other side. */
  readonly onLost: (target: DialTarget, error: RegistryError) => void
  /** A server said that its list of tools has changed. */
  readonly onToolsChanged: (target: DialTarget) => void
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
   * order, while the server has as many requests as it may, or the pool as many sessions. Rejects with what the dial
   * rejects with, TIMEOUT, CLOSED, the signal's reason, and what the task rejects with.
   */
  use<T>(target: DialTarget, options: UseOptions, task: (session: McpSession) => Promise<T>): Promise<T>
  /**
   * Dials `target` and ends the session at once: nobody gets it, and no state of a server hears of it. Rejects with what
   * the dial rejects with, and CLOSED.
   */
  probe(target: DialTarget, signal: AbortSignal): Promise<void>
  /** Whether a task for `target` would begin without waiting. */
  isFree(target: DialTarget): boolean
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
  readonly session: Promise<McpSession>
  /** Set once dialled. */
  open: McpSession | undefined
  readonly dialing: AbortController
  users: number
  retired: boolean
  idleTimer: NodeJS.Timeout | undefined
}

export function createSessionPool(options: SessionPoolOptions): SessionPool {
  const { budgets } = options.environment.meter
  const slots = createSlots(budgets.requestsPerServer)
  const gates = new Map<ServerId, DialGate>()
  // Least recently used first.
  const entries = new Map<string, Entry>()
  // Retired entries that are still in use.
  const leaving = new Set<Entry>()
  const waitingForRoom = new Set<() => void>()
  const endings = new Set<Promise<void>>()
  let opened = 0
  let closed = false

  function track(ending: Promise<void>): void {
    endings.add(ending)
    void ending.finally(() => endings.delete(ending))
  }

  function gateOf(serverId: ServerId): DialGate {
    const gate = gates.get(serverId) ?? createDialGate()
    gates.set(serverId, gate)
    return gate
  }

  function makeRoom(): void {
    const [next] = waitingForRoom
    if (!next) return
    waitingForRoom.delete(next)
    next()
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
    makeRoom()
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
    if (!entry.open?.isOpen || options.idleMs === 0) {
      remove(entry)
      return
    }
    // The last in the map is the one that was used last.
    entries.delete(entry.target.key)
    entries.set(entry.target.key, entry)
    if (Number.isFinite(options.idleMs)) entry.idleTimer = setTimeout(() => remove(entry), options.idleMs).unref()
    makeRoom()
  }

  /** Waits until there may be one session more: an idle one goes, the least recently used first. */
  async function room(signal: AbortSignal): Promise<void> {
    while (entries.size + leaving.size >= budgets.sessions) {
      const idle = entries.values().find(({ users }) => users === 0)
      if (idle) remove(idle)
      else await inLine(waitingForRoom, signal)
    }
  }

  async function dialAndTell(target: DialTarget, signal: AbortSignal, onPhase: UseOptions['onPhase']) {
    const { serverId, config, connectMs } = target
    const startedAt = performance.now()
    await options.onDial(target, { type: 'CONNECTING' })
    let session: McpSession
    try {
      session = await dial(target, options.environment, {
        connectMs,
        signal,
        onNegotiating: () => onPhase?.('NEGOTIATING'),
        onEnding: track,
      })
    } catch (error) {
      await options.onDial(target, { type: 'FAILED', error })
      throw error
    }
    opened += 1
    const readyAt = performance.now()
    const gate = gateOf(serverId)
    if (config.transport === 'stdio') session.onClose(() => gate.died(performance.now() - readyAt))
    try {
      const latencyMs = Math.round(readyAt - startedAt)
      await options.onDial(target, { type: 'READY', facts: session.facts, latencyMs })
    } catch (error) {
      track(session.close())
      throw error
    }
    return session
  }

  function enter(target: DialTarget, onPhase: UseOptions['onPhase']): Entry {
    const dialing = new AbortController()
    onPhase?.('CONNECTING')
    const entry: Entry = {
      target,
      session: gateOf(target.serverId).pass(() => dialAndTell(target, dialing.signal, onPhase), dialing.signal),
      open: undefined,
      dialing,
      users: 0,
      retired: false,
      idleTimer: undefined,
    }
    entries.set(target.key, entry)
    entry.session.then(
      (session) => {
        entry.open = session
        // One that dies while nobody uses it is not kept.
        session.onClose((error) => {
          if (error && entry.users === 0) options.onLost(target, error)
          remove(entry)
        })
        session.onToolsChanged(() => {
          if (!entry.retired) options.onToolsChanged(target)
        })
        if (!session.isOpen) remove(entry)
      },
      () => remove(entry),
    )
    return entry
  }

  /** The entry to use, with this caller counted among its users. */
  async function join(target: DialTarget, { signal, onPhase }: UseOptions): Promise<Entry> {
    for (;;) {
      if (closed) throw new RegistryError('CLOSED', 'The registry is closed')
      const existing = entries.get(target.key)
      if (!existing && entries.size + leaving.size >= budgets.sessions) {
        await room(signal)
        continue
      }
      const entry = existing ?? enter(target, onPhase)
      clearTimeout(entry.idleTimer)
      entry.users += 1
      return entry
    }
  }

  /** One caller that leaves must not end the dial of the others; the last one out does, by release(). */
  async function dialled({ session, target }: Entry, { signal, connectMs = target.connectMs }: UseOptions) {
    if (connectMs >= target.connectMs) return unlessAborted(session, signal)
    using deadline = startDeadline(signal, [{ name: 'connectMs', ms: connectMs }])
    return await unlessAborted(session, deadline.signal)
  }

  return {
    get size() {
      return entries.size + leaving.size
    },
    get idle() {
      let idle = 0
      for (const { users, open } of entries.values()) if (users === 0 && open) idle += 1
      return idle
    },
    get waiting() {
      return slots.waiting + waitingForRoom.size
    },
    get opened() {
      return opened
    },
    async probe(target, signal) {
      if (closed) throw new RegistryError('CLOSED', 'The registry is closed')
      const { connectMs } = target
      const dialOptions = { connectMs, signal, onNegotiating: () => undefined, onEnding: track }
      track((await dial(target, options.environment, dialOptions)).close())
    },
    isFree: ({ key, serverId }) => slots.isFree(serverId) && entries.get(key)?.open?.isOpen === true,
    async use(target, useOptions, task) {
      const giveBack = await slots.acquire(target.serverId, useOptions.signal)
      try {
        const entry = await join(target, useOptions)
        try {
          return await task(entry.open ?? (await dialled(entry, useOptions)))
        } finally {
          release(entry)
        }
      } finally {
        giveBack()
      }
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
      gates.delete(serverId)
      for (const entry of [...entries.values()]) if (entry.target.serverId === serverId) remove(entry)
    },
    async close() {
      closed = true
      for (const entry of entries.values()) entry.retired = true
      for (const entry of [...entries.values(), ...leaving]) endEntry(entry)
      entries.clear()
      // A dial that is broken off has a child to end, which comes to them once the dial has failed.
      while (endings.size > 0) await Promise.all(endings)
    },
  }
}
