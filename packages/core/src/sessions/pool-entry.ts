import { startDeadline, unlessAborted } from '../base/deadline.ts'
import type { DialTarget } from './dial-target.ts'
import type { McpSession } from './session.ts'

/** A session of the pool with the callers that use it, from its dial to its end. */
export interface PoolEntry {
  readonly target: DialTarget
  readonly dialing: AbortController
  /** Resolves once the pool has room for the session. */
  readonly room: Promise<void>
  readonly session: Promise<McpSession>
  /** Set once dialled. */
  open: McpSession | undefined
  /** Gives its room back; set once it has room. */
  giveBack: (() => void) | undefined
  users: number
  /** Called, each once, when the entry is not kept for them any longer. */
  readonly holders: Set<(end: HoldEnd) => void>
  /** Whether a caller has asked for it, and not only followers, who want to hold it. */
  isCalled: boolean
  isRetired: boolean
  idleTimer: NodeJS.Timeout | undefined
  /** When it was last given back, by `performance.now()`. */
  idleSince: number
  /** When a new session has to ask the server for its era, in epoch ms; undefined for never. */
  doubtfulAt: number | undefined
}

export const isDoubtful = ({ doubtfulAt }: PoolEntry): boolean => doubtfulAt !== undefined && Date.now() >= doubtfulAt

export const isIdle = (entry: PoolEntry): boolean => isSpare(entry) && entry.holders.size === 0

/** Whether nothing is asked over it, though it may be held. */
export const isSpare = ({ users, open }: PoolEntry): boolean => users === 0 && open !== undefined

/** Why a session is no longer held: it had to make room for a caller's, or it is lost, retired or closed. */
export type HoldEnd = 'GAVE_WAY' | 'OVER'

export interface HoldOptions extends WaitOptions {
  /** Called once if the hold ends before its release. */
  readonly onEnded: (end: HoldEnd) => void
}

/** A session that stays open though nothing is asked over it. */
export interface HeldSession {
  readonly session: McpSession
  /** Waits for a turn at the server, as each request does; resolves with what gives it back. */
  takeTurn(signal: AbortSignal): Promise<() => void>
  release(): void
}

export interface WaitOptions {
  readonly signal: AbortSignal
  /** Time that this caller waits for a connection, in ms, if less than the target's `connectMs`. */
  readonly connectMs?: number
}

/**
 * Leaves the dial running when this caller gives up: other callers may wait for it. The last user ends it, by its
 * release.
 */
export async function waitForDial(
  { room, session, target }: PoolEntry,
  { signal, connectMs = target.connectMs }: WaitOptions,
): Promise<McpSession> {
  if (connectMs >= target.connectMs) return unlessAborted(session, signal)
  await unlessAborted(room, signal)
  using deadline = startDeadline(signal, [{ name: 'connectMs', ms: connectMs }])
  return await unlessAborted(session, deadline.signal)
}

/** Calls `onIdle` once `entry` has been idle for `ms`. One timer serves many uses: it starts again if there was one meanwhile. */
export function watchIdle(entry: PoolEntry, ms: number, onIdle: () => void): void {
  function start(leftMs: number): void {
    entry.idleTimer = setTimeout(() => {
      entry.idleTimer = undefined
      // Its release starts the timer.
      if (entry.users > 0 || entry.holders.size > 0) return
      const stillMs = entry.idleSince + ms - performance.now()
      if (stillMs > 1) start(stillMs)
      else onIdle()
    }, leftMs).unref()
  }
  start(ms)
}
