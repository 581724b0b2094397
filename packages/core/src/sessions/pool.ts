import { isRegistryError, RegistryError } from '../errors.ts'
import type { ServerId } from '../ids.ts'
import type { ResolvedConfig } from '../servers/resolve-config.ts'
import type { McpTimeouts } from '../servers/server.ts'
import { unlessAborted } from './deadline.ts'
import { type DialOptions, dial } from './dial.ts'
import type { McpSession, SessionFacts } from './session.ts'

/** Whom to dial. Sessions are shared by those with the same `key`, so it must tell servers, revisions and credentials apart. */
export interface DialTarget {
  readonly serverId: ServerId
  readonly key: string
  readonly config: ResolvedConfig
  readonly timeouts: McpTimeouts
}

export type DialEvent =
  | { readonly type: 'CONNECTING' }
  | { readonly type: 'READY'; readonly facts: SessionFacts; readonly latencyMs: number }
  | { readonly type: 'FAILED'; readonly error: unknown }

export interface SessionPoolOptions {
  /** How long a session is kept that nobody uses, in ms. */
  readonly idleMs: number
  readonly clientInfo: DialOptions['clientInfo']
  /** Hears of every connection attempt; awaited, so that what it stores is there when the session is used. */
  readonly onDial: (serverId: ServerId, event: DialEvent) => Promise<void>
}

export interface UseOptions {
  readonly signal: AbortSignal
  readonly onPhase?: (phase: 'CONNECTING' | 'NEGOTIATING') => void
}

/** Keeps connections open between uses. Closing it ends them all. */
export interface SessionPool {
  /** Open sessions and those being dialled. */
  readonly size: number
  /**
   * Lends the session for `target`, dialling it where there is none. Several tasks share one session. A task that
   * rejects on a session that had been kept and turns out to be dead is tried once more on a new one: so a task rejects
   * only where doing it again is safe.
   */
  use<T>(target: DialTarget, options: UseOptions, task: (session: McpSession) => Promise<T>): Promise<T>
  /** No new task gets the sessions that the server has now; each ends once its tasks have. */
  retire(serverId: ServerId): void
  close(): Promise<void>
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
  const entries = new Map<string, Entry>()
  // Retired entries that are still in use.
  const leaving = new Set<Entry>()
  const endings = new Set<Promise<void>>()
  let closed = false

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
    if (entry.retired) endEntry(entry)
    else if (!entry.open?.isOpen || options.idleMs === 0) remove(entry)
    else if (Number.isFinite(options.idleMs)) entry.idleTimer = setTimeout(() => remove(entry), options.idleMs).unref()
  }

  async function dialAndTell(target: DialTarget, signal: AbortSignal, onPhase: UseOptions['onPhase']) {
    const startedAt = performance.now()
    onPhase?.('CONNECTING')
    await options.onDial(target.serverId, { type: 'CONNECTING' })
    let session: McpSession
    try {
      session = await dial(target.config, {
        timeouts: target.timeouts,
        signal,
        clientInfo: options.clientInfo,
        onNegotiating: () => onPhase?.('NEGOTIATING'),
        onEnding: track,
      })
    } catch (error) {
      await options.onDial(target.serverId, { type: 'FAILED', error })
      throw error
    }
    const latencyMs = Math.round(performance.now() - startedAt)
    await options.onDial(target.serverId, { type: 'READY', facts: session.facts, latencyMs })
    return session
  }

  function enter(target: DialTarget, onPhase: UseOptions['onPhase']): Entry {
    const existing = entries.get(target.key)
    if (existing && existing.open?.isOpen !== false) {
      clearTimeout(existing.idleTimer)
      existing.users += 1
      return existing
    }
    if (existing) remove(existing)
    const dialing = new AbortController()
    const entry: Entry = {
      target,
      session: dialAndTell(target, dialing.signal, onPhase),
      open: undefined,
      dialing,
      users: 1,
      retired: false,
      idleTimer: undefined,
    }
    entries.set(target.key, entry)
    entry.session.then(
      (session) => {
        entry.open = session
      },
      () => remove(entry),
    )
    return entry
  }

  async function lend<T>(
    target: DialTarget,
    signal: AbortSignal,
    onPhase: UseOptions['onPhase'],
    task: (session: McpSession) => Promise<T>,
  ): Promise<T> {
    if (closed) throw new RegistryError('CLOSED', 'The registry is closed')
    const entry = enter(target, onPhase)
    try {
      // One caller that leaves must not end the dial of the others; the last one out does, by release().
      const session = await unlessAborted(entry.session, signal).catch((error: unknown) => {
        if (!signal.aborted || isRegistryError(error)) throw error
        throw new RegistryError('CANCELED', 'The connection attempt was cancelled', { cause: error })
      })
      return await task(session)
    } finally {
      if (entry.open && !entry.open.isOpen) remove(entry)
      release(entry)
    }
  }

  return {
    get size() {
      return entries.size + leaving.size
    },
    async use(target, { signal, onPhase }, task) {
      const isKept = entries.get(target.key)?.open !== undefined
      try {
        return await lend(target, signal, onPhase, task)
      } catch (error) {
        const isDead = entries.get(target.key) === undefined
        if (!isKept || !isDead || signal.aborted) throw error
        return lend(target, signal, onPhase, task)
      }
    },
    retire(serverId) {
      for (const entry of [...entries.values()]) if (entry.target.serverId === serverId) remove(entry)
    },
    async close() {
      closed = true
      for (const entry of entries.values()) entry.retired = true
      for (const entry of [...entries.values(), ...leaving]) endEntry(entry)
      entries.clear()
      await Promise.all(endings)
    },
  }
}
