import { startDeadline } from '../../base/deadline.ts'
import { invalidInput, isRegistryError, RegistryError } from '../../base/errors.ts'
import type { DialTarget } from '../../sessions/dial-target.ts'
import type { HeldSession, HoldEnd } from '../../sessions/pool-entry.ts'
import type { ResourceNotice } from '../../sessions/session.ts'
import type { SessionPool } from '../../sessions/session-pool.ts'
import { isPartOf } from '../part-of.ts'
import { FollowedUri } from './followed-uri.ts'
import type { Follower } from './follower.ts'

/** Pause before a lost session is dialled again, in ms; it doubles up to the longest. The first attempt follows at once. */
const retryMs = { first: 1_000, longest: 60_000 } as const
/** A session that lived for so long was no failure, in ms. */
const steadyMs = 10_000

/** Longest time that a server has to end a subscription before its session is let go, in ms. */
const leavingMs = 5_000

/** Errors that pass with time; any other ends the followers. */
const passing: ReadonlySet<string> = new Set([
  ...['CONNECT_FAILED', 'TIMEOUT', 'BUSY', 'PROTOCOL_ERROR', 'STORAGE_UNAVAILABLE', 'LEASE_LOST'],
])
const passes = (error: unknown) => isRegistryError(error) && passing.has(error.code)

export interface FollowedServerOptions {
  readonly target: DialTarget
  /** Time for the server to answer, in ms. */
  readonly requestMs: number
  /** The shortest time between two updates of a resource that its followers get, in ms. */
  readonly intervalMs: number
  readonly pool: Pick<SessionPool, 'hold'>
  /** Whether the server is still as the target has it; if not, this object is closed, or its followers have ended. */
  readonly isCurrent: (server: FollowedServer) => Promise<boolean>
  /** Called for each update before followers get it. */
  readonly onHeard: (uri: string) => void
  /** Called with 1 for each resource that is followed, and with -1 once it no longer is. */
  readonly onCount: (change: 1 | -1) => void
  /** Called once, when nothing is followed any more. */
  readonly onEmpty: (server: FollowedServer) => void
}

/**
 * One server reached with the same credentials, while any of its resources is followed: holds a session, subscribes to each
 * resource once, and does both anew when the session is lost. A failure ends the followers that have just come; those that
 * were following wait, unless it does not pass with time.
 */
export class FollowedServer {
  readonly target: DialTarget
  readonly #options: FollowedServerOptions
  readonly #uris = new Map<string, FollowedUri>()
  readonly #ending = new AbortController()
  #held: HeldSession | undefined
  #stopHearing: (() => void) | undefined
  #heldAt = 0
  #failures = 0
  #isConnecting = false
  #timer: NodeJS.Timeout | undefined

  constructor(options: FollowedServerOptions) {
    this.#options = options
    this.target = options.target
  }

  has(uri: string): boolean {
    return this.#uris.has(uri)
  }

  followers(): readonly Follower[] {
    return [...new Set(this.#uris.values().flatMap((followed) => followed.followers()))]
  }

  follow(uri: string, follower: Follower): void {
    const followed = this.#uris.get(uri) ?? this.#add(uri)
    followed.join(follower)
    // Who has just come does not wait for the end of a pause.
    if (!this.#held) this.#connectIn(0)
    this.#settle(followed)
  }

  leave(uri: string, follower: Follower): void {
    const followed = this.#uris.get(uri)
    if (!followed) return
    followed.leave(follower)
    this.#settle(followed)
  }

  /** Ends all followers. */
  fail(error: unknown): void {
    for (const follower of this.followers()) follower.fail(error)
  }

  /** Lets go of the session; followers are not told. May be called twice. */
  close(): void {
    if (this.#ending.signal.aborted) return
    this.#ending.abort(new RegistryError('CANCELED', 'The resources of the server are no longer followed'))
    clearTimeout(this.#timer)
    this.#letGo()
    for (const followed of [...this.#uris.values()]) this.#remove(followed)
  }

  #add(uri: string): FollowedUri {
    const { intervalMs, onCount } = this.#options
    const followed = new FollowedUri(this.target.serverId, uri, intervalMs)
    this.#uris.set(uri, followed)
    onCount(1)
    return followed
  }

  #remove(followed: FollowedUri): void {
    if (this.#uris.get(followed.uri) !== followed) return
    followed.close()
    this.#uris.delete(followed.uri)
    this.#options.onCount(-1)
    if (this.#uris.size > 0 || this.#ending.signal.aborted) return
    this.close()
    this.#options.onEmpty(this)
  }

  /** Brings what the server notifies of to what is wanted of it. */
  #settle(followed: FollowedUri): void {
    const held = this.#held
    if (followed.isSettling || this.#ending.signal.aborted) return
    if (!held) {
      if (!followed.isWanted) this.#remove(followed)
      else if (!this.#timer) this.#connectIn(0)
      return
    }
    followed.isSettling = true
    this.#settleOver(held, followed).then(() => {
      followed.isSettling = false
      // The session may have been lost meanwhile, or followers have come or left.
      if (held !== this.#held || followed.isWanted !== followed.isSubscribed) this.#settle(followed)
      else if (!followed.isWanted) this.#remove(followed)
    })
  }

  async #settleOver(held: HeldSession, followed: FollowedUri): Promise<void> {
    while (held === this.#held && followed.isWanted !== followed.isSubscribed) {
      if (followed.isWanted) await this.#subscribe(held, followed)
      else {
        followed.isSubscribed = false
        // A server that does not take it notifies of what has no followers.
        const request = { ...this.#request(held), requestMs: Math.min(this.#options.requestMs, leavingMs) }
        await held.session.unfollowResource(followed.uri, request).catch(() => undefined)
      }
    }
  }

  async #subscribe(held: HeldSession, followed: FollowedUri): Promise<void> {
    try {
      const asked = await followed.ask((signal) =>
        held.session.followResource(followed.uri, this.#request(held, signal)),
      )
      if (held !== this.#held) return
      if (asked === 'LEFT') {
        // The server may have taken it before it was cancelled: it is taken back.
        followed.isSubscribed = !followed.isWanted
        return
      }
    } catch (error) {
      // The next session is asked again, unless this one has answered before its end.
      if (held !== this.#held && (passes(error) || this.#ending.signal.aborted)) return
      const refusal = ofUris(error)
      followed.failJoining(refusal)
      if (!followed.isWanted) return
      if (!passes(error)) followed.fail(refusal)
      else if (held === this.#held) {
        this.#letGo()
        this.#retry()
      }
      return
    }
    this.#options.onHeard(followed.uri)
    followed.subscribed()
  }

  #request(held: HeldSession, leaving?: AbortSignal) {
    const signal = leaving ? AbortSignal.any([this.#ending.signal, leaving]) : this.#ending.signal
    return { requestMs: this.#options.requestMs, signal, takeTurn: () => held.takeTurn(signal) }
  }

  #connectIn(ms: number): void {
    if (this.#isConnecting || this.#held || this.#ending.signal.aborted) return
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.#connectNow(), ms)
    this.#timer.unref()
  }

  async #connectNow(): Promise<void> {
    this.#timer = undefined
    this.#isConnecting = true
    const failure = await this.#connect().then(
      () => undefined,
      (error: unknown) => ({ error }),
    )
    this.#isConnecting = false
    if (failure && !this.#ending.signal.aborted) this.#onFailure(failure.error)
  }

  /** Holds a session, unless the server has changed. */
  async #connect(): Promise<void> {
    const { pool, target, isCurrent } = this.#options
    const { signal } = this.#ending
    if (!(await isCurrent(this)) || signal.aborted) return
    let early: HoldEnd | undefined
    const onEnded = (end: HoldEnd) => {
      if (this.#held) this.#onHoldEnd(end)
      else early = end
    }
    // It bounds the wait for room as well.
    using deadline = startDeadline(signal, [{ name: 'connectMs', ms: target.connectMs }])
    const held = await pool.hold(target, { signal: deadline.signal, onEnded })
    const { resourceUpdates } = held.session.facts.capabilities
    if (signal.aborted || early || !resourceUpdates) held.release()
    if (signal.aborted) return
    if (early) throw early === 'GAVE_WAY' ? gaveWay(target) : lostAtOnce(target)
    if (!resourceUpdates) {
      const message = `The server "${target.serverName}" does not notify of updates of its resources (resources.subscribe)`
      throw invalidInput(['serverId'], message)
    }
    this.#held = held
    this.#heldAt = performance.now()
    this.#stopHearing = held.session.onResourceNotice((notice) => this.#take(notice))
    for (const followed of [...this.#uris.values()]) this.#settle(followed)
  }

  #onFailure(error: unknown): void {
    for (const followed of [...this.#uris.values()]) followed.failJoining(error)
    if (!passes(error)) this.fail(error)
    else if (this.#uris.size > 0) this.#retry()
  }

  #onHoldEnd(end: HoldEnd): void {
    this.#letGo()
    if (end === 'GAVE_WAY') this.fail(gaveWay(this.target))
    else this.#retry()
  }

  #letGo(): void {
    this.#stopHearing?.()
    this.#stopHearing = undefined
    const held = this.#held
    this.#held = undefined
    held?.release()
    for (const followed of this.#uris.values()) followed.isSubscribed = false
  }

  #retry(): void {
    this.#failures = performance.now() - this.#heldAt > steadyMs ? 1 : this.#failures + 1
    const { first, longest } = retryMs
    this.#connectIn(this.#failures === 1 ? 0 : Math.min(longest, first * 2 ** (this.#failures - 2)))
  }

  #take(notice: ResourceNotice): void {
    if (notice.kind === 'ENDED') {
      const followed = this.#uris.get(notice.uri)
      if (followed) followed.isSubscribed = false
      followed?.fail(ofUris(notice.error))
      return
    }
    this.#options.onHeard(notice.uri)
    for (const followed of this.#uris.values()) if (isPartOf(notice.uri, followed.uri)) followed.updated()
  }
}

/** The error of one URI, with the path that followers gave it by. */
function ofUris(error: unknown): unknown {
  if (!isRegistryError(error) || error.path?.[0] !== 'uri') return error
  const { code, message, retryable, details } = error
  return new RegistryError(code, message, { path: ['uris'], retryable, details, cause: error })
}

function gaveWay({ serverName }: DialTarget): RegistryError {
  const message = `The session with "${serverName}" had to make room for a request (budgets.sessions); follow again later`
  return new RegistryError('BUSY', message, { retryable: true })
}

function lostAtOnce({ serverName }: DialTarget): RegistryError {
  return new RegistryError('CONNECT_FAILED', `The session with "${serverName}" was lost at once`, { retryable: true })
}
