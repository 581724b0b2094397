import { startDeadline, unlessAborted } from '../../base/deadline.ts'
import { RegistryError } from '../../base/errors.ts'
import { missingResource } from '../refused-requests.ts'
import type { FollowOptions } from '../session.ts'
import type { SessionTransport } from '../transport.ts'

/**
 * How long a subscription waits for the stream of notifications, in ms. Some servers open it with their first message, so it
 * is no failure if it takes longer.
 */
const openingMs = 1_000

export interface ResourceSubscriptionsDeps {
  readonly transport: SessionTransport
  /** Sends a request about one resource, and resolves with its answer. */
  readonly request: (
    method: 'resources/subscribe' | 'resources/unsubscribe',
    uri: string,
    options: FollowOptions,
  ) => Promise<unknown>
  readonly onUpdated: (uri: string) => void
  /** Called when the stream of notifications has ended for good while a resource is followed. */
  readonly onDeaf: () => void
}

/** The resources that a session has subscribed to (MCP 2025-11-25, resources/subscribe). */
export class ResourceSubscriptions {
  readonly #deps: ResourceSubscriptionsDeps
  readonly #followed = new Set<string>()
  readonly #decided = Promise.withResolvers<void>()

  constructor(deps: ResourceSubscriptionsDeps) {
    this.#deps = deps
    const { transport } = deps
    const take = () => {
      if (transport.listening === 'OPENING') return
      this.#decided.resolve()
      // What was sent before the stream opened may be lost.
      if (transport.listening === 'OPEN') for (const uri of this.#followed) deps.onUpdated(uri)
      else if (transport.listening === 'OVER' && this.#followed.size > 0) deps.onDeaf()
    }
    transport.onlistening = take
    take()
  }

  async follow(uri: string, options: FollowOptions): Promise<void> {
    const { transport } = this.#deps
    if (transport.listening === 'OPENING') {
      using deadline = startDeadline(options.signal, [{ name: 'the time to open the stream', ms: openingMs }])
      await unlessAborted(this.#decided.promise, deadline.signal).catch((error: unknown) => {
        if (options.signal.aborted) throw error
      })
    }
    if (transport.listening === 'OVER') {
      const message = 'The server declares resources.subscribe, and has no stream to notify by (GET of its endpoint)'
      throw new RegistryError('PROTOCOL_ERROR', message)
    }
    this.#followed.add(uri)
    try {
      await this.#inTurn('resources/subscribe', uri, options)
    } catch (error) {
      this.#followed.delete(uri)
      throw missingResource(error, uri)
    }
  }

  async unfollow(uri: string, options: FollowOptions): Promise<void> {
    this.#followed.delete(uri)
    await this.#inTurn('resources/unsubscribe', uri, options)
  }

  async #inTurn(
    method: 'resources/subscribe' | 'resources/unsubscribe',
    uri: string,
    options: FollowOptions,
  ): Promise<void> {
    const giveBack = await options.takeTurn()
    try {
      await this.#deps.request(method, uri, options)
    } finally {
      giveBack()
    }
  }
}
