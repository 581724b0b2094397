import { RegistryError } from '../../base/errors.ts'
import type { ServerId } from '../../base/ids.ts'
import type { McpResourceUpdate } from './api.ts'
import type { Follower } from './follower.ts'

/** One resource of one server, reached with the same credentials, and those who follow it. */
export class FollowedUri {
  readonly serverId: ServerId
  readonly uri: string
  /** Whether the server notifies of it. */
  isSubscribed = false
  /** Whether a request is under way that changes `isSubscribed`. */
  isSettling = false
  readonly #intervalMs: number
  /** Those who do not know yet whether it can be followed. */
  readonly #joining = new Set<Follower>()
  readonly #following = new Set<Follower>()
  #toldAt = Number.NEGATIVE_INFINITY
  #timer: NodeJS.Timeout | undefined
  #asking: AbortController | undefined

  /** `intervalMs`: the shortest time between two updates that followers get. */
  constructor(serverId: ServerId, uri: string, intervalMs: number) {
    this.serverId = serverId
    this.uri = uri
    this.#intervalMs = intervalMs
  }

  get isWanted(): boolean {
    return this.#joining.size + this.#following.size > 0
  }

  followers(): readonly Follower[] {
    return [...this.#joining, ...this.#following]
  }

  join(follower: Follower): void {
    // One that has followed it on another session waits, as those do that follow it on this one.
    if (!this.isSubscribed && !follower.hasHeard) this.#joining.add(follower)
    else this.#following.add(follower)
    if (this.isSubscribed) follower.tell(this.#update())
  }

  leave(follower: Follower): void {
    this.#joining.delete(follower)
    this.#following.delete(follower)
    if (this.isWanted) return
    this.close()
    this.#asking?.abort(new RegistryError('CANCELED', 'The resource is no longer followed'))
  }

  /** Runs the request by which the server is to notify of it. LEFT: the last follower left meanwhile, which cancelled it. */
  async ask(request: (signal: AbortSignal) => Promise<void>): Promise<'TAKEN' | 'LEFT'> {
    const asking = new AbortController()
    this.#asking = asking
    try {
      await request(asking.signal)
      return 'TAKEN'
    } catch (error) {
      if (asking.signal.aborted) return 'LEFT'
      throw error
    } finally {
      this.#asking = undefined
    }
  }

  /** The server notifies from now on. What came before may have been missed, so each follower is to read. */
  subscribed(): void {
    this.isSubscribed = true
    for (const follower of this.#joining) this.#following.add(follower)
    this.#joining.clear()
    this.#tell()
  }

  updated(): void {
    if (this.#timer) return
    const waitMs = this.#toldAt + this.#intervalMs - performance.now()
    if (waitMs <= 0) this.#tell()
    else {
      this.#timer = setTimeout(() => this.#tell(), waitMs)
      this.#timer.unref()
    }
  }

  /** Ends those who do not know yet whether it can be followed. */
  failJoining(error: unknown): void {
    for (const follower of [...this.#joining]) follower.fail(error)
  }

  fail(error: unknown): void {
    for (const follower of this.followers()) follower.fail(error)
  }

  /** Stops its timer. */
  close(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #tell(): void {
    this.close()
    this.#toldAt = performance.now()
    const update = this.#update()
    for (const follower of this.#following) follower.tell(update)
  }

  #update(): McpResourceUpdate {
    return { at: new Date(), serverId: this.serverId, uri: this.uri }
  }
}
