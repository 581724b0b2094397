import type { RegistryError } from '../base/errors.ts'
import type { ServerId } from '../base/ids.ts'
import type { DialPhase } from './dial-phase.ts'
import type { DialTarget } from './dial-target.ts'
import type { DialerOptions } from './dialer.ts'
import type { HeldSession, HoldOptions, WaitOptions } from './pool-entry.ts'
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
  /** Open sessions without users or holders. */
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
   * Keeps the session for `target` open until its release, and dials as `use` does. A held session without requests gives
   * way to a caller who needs its room, never to another hold. Rejects with what the dial rejects with, and the signal's
   * reason.
   * @throws TIMEOUT, CLOSED
   */
  hold(target: DialTarget, options: HoldOptions): Promise<HeldSession>
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
  /**
   * Calls `listener` for each server whose sessions are retired: it has changed, or the identity by which it is asked. A new
   * listener replaces the last.
   */
  onRetired(listener: (serverId: ServerId) => void): void
  /** Calls `listener` likewise when a server says that a person has been where it wanted. */
  onVisited(listener: (target: DialTarget, elicitationId: string) => void): void
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
