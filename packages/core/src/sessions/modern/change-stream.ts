import { isRegistryError } from '../../base/errors.ts'
import { isJsonObject, type JsonObject } from '../../base/json.ts'
import { AuthorizationError, HttpStatusError } from '../http/http-errors.ts'
import type { ServerNotification } from '../pending-requests.ts'
import { RpcError } from '../rpc-error.ts'
import type { ModernChannel } from './channel.ts'
import type { ChangingList } from './discover-result.ts'
import type { Envelope, EnvelopeContent } from './envelope.ts'
import { FollowedUris } from './followed-uris.ts'
import { isModernCode } from './revision.ts'

/** A stream that ends sooner is followed by a longer pause each time, in ms. */
const shortMs = 500
const maxDoublings = 20
/** Pause between two requests that differ in their URIs, in ms: callers come and go in bursts. */
const refilterMs = 100
/** How long a stream is awaited before one that is wanted more is asked for, in ms. */
const patienceMs = 1_000
const method = 'subscriptions/listen'
const invalidParams = -32602

/** The member of a subscription's filter for each list. */
const memberOf = {
  tools: 'toolsListChanged',
  resources: 'resourcesListChanged',
  prompts: 'promptsListChanged',
} as const satisfies Readonly<Record<ChangingList, string>>

export interface ChangeStreamOptions {
  readonly channel: Pick<ModernChannel, 'nextId' | 'request'>
  readonly envelope: (method: string, content: EnvelopeContent) => Envelope
  /** The lists whose changes the server notifies of. */
  readonly lists: readonly ChangingList[]
  /** Called when a list has changed, or may have while no stream was open. */
  readonly onChanged: () => void
  /** Called when a resource was updated, or may have been while no stream was open. */
  readonly onUpdated: (uri: string) => void
  /** Called when the server no longer notifies of a resource that it did notify of. */
  readonly onEnded: (uri: string, error: unknown) => void
  /** The pause before the stream is opened anew, in ms; it doubles up to `maxMs`. */
  readonly retry: { readonly firstMs: number; readonly maxMs: number }
}

/** One request for notifications, from its sending to its end. */
interface Listening {
  readonly id: number
  readonly uris: ReadonlySet<string>
  readonly beganAt: number
  readonly ending: AbortController
}

/** Whether the server would refuse a subscription again, or only its owner can have it authorized. */
function isFinal(error: unknown): boolean {
  if (isRegistryError(error)) return true
  if (error instanceof AuthorizationError) return isRegistryError(error.cause, 'AUTH_REQUIRED')
  if (error instanceof RpcError)
    return error.code === -32601 || error.code === invalidParams || isModernCode(error.code)
  if (!(error instanceof HttpStatusError)) return false
  const { status, lacksAnswer = false } = error.details
  return lacksAnswer || (status < 500 && status !== 408 && status !== 429)
}

/**
 * Keeps one stream open by which the server notifies of changes of its lists and of updates of resources (MCP 2026-07-28,
 * subscriptions), and opens it anew with growing pauses. What a stream asks for cannot be changed: for other URIs the next
 * one is opened, and the one before ends once the server has acknowledged it, so that nothing in between is missed. A server
 * that cannot have it is left in peace.
 */
export class ChangeStream {
  readonly #options: ChangeStreamOptions
  readonly #uris: FollowedUris
  /** As far as the server honours them. */
  #lists: readonly ChangingList[]
  /** Sent, and not acknowledged yet. */
  #asking: Listening | undefined
  #listening: Listening | undefined
  #timer: NodeJS.Timeout | undefined
  #dueAt = Number.POSITIVE_INFINITY
  /** Whether an acknowledged stream was cut, and none was acknowledged since. */
  #hasGap = false
  #short = 0
  #hasEnded = false

  constructor(options: ChangeStreamOptions) {
    this.#options = options
    this.#lists = options.lists
    this.#uris = new FollowedUris(options)
  }

  /** Opens the stream, if the server notifies of any list. */
  start(): void {
    this.#settle()
  }

  /** Resolves once the server notifies of updates of the resource. Rejects with what the server refuses it with. */
  follow(uri: string): Promise<void> {
    const following = this.#uris.add(uri)
    // A caller does not wait for the end of a pause.
    this.#settleIn(0)
    return following
  }

  unfollow(uri: string): void {
    if (this.#uris.delete(uri)) this.#settleIn(0)
  }

  /** Takes what the channel received. */
  take({ method: notified, params }: ServerNotification): void {
    const { onChanged, onUpdated } = this.#options
    if (this.#lists.some((list) => notified === `notifications/${list}/list_changed`)) onChanged()
    else if (notified === 'notifications/resources/updated') {
      if (typeof params.uri === 'string') onUpdated(params.uri)
    } else if (notified === 'notifications/subscriptions/acknowledged') this.#takeAcknowledgement(params)
  }

  /** Rejects with `error` what has not been acknowledged. */
  end(error: unknown): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    clearTimeout(this.#timer)
    this.#leave()
    this.#uris.rejectAll(error)
  }

  /** Opens the stream that is wanted now, or ends the one that is not. */
  #settle(): void {
    if (this.#hasEnded) return
    const uris = this.#uris.toAskFor()
    if (this.#lists.length === 0 && uris.size === 0) this.#leave()
    else if (this.#asking) this.#replaceLate(this.#asking, uris)
    else if (!this.#listening || this.#uris.hasNew || isOther(this.#listening.uris, uris)) this.#ask(uris)
  }

  /** Nothing is awaited any more, for now. */
  #leave(): void {
    for (const each of [this.#asking, this.#listening]) each?.ending.abort(new Error('No changes are awaited any more'))
    this.#asking = undefined
    this.#listening = undefined
  }

  /** The acknowledgement settles the rest, unless the server is slow to acknowledge what is no longer wanted. */
  #replaceLate(asking: Listening, uris: ReadonlySet<string>): void {
    if (!isOther(asking.uris, uris)) return
    const leftMs = asking.beganAt + patienceMs - performance.now()
    if (leftMs > 0) {
      this.#settleIn(leftMs)
      return
    }
    asking.ending.abort(new Error('Another stream has taken its place'))
    this.#ask(uris)
  }

  /** Settles in `ms`, or at the time that was set before if that is earlier. */
  #settleIn(ms: number): void {
    const dueAt = performance.now() + ms
    if (this.#hasEnded || dueAt >= this.#dueAt) return
    clearTimeout(this.#timer)
    this.#dueAt = dueAt
    this.#timer = setTimeout(() => {
      this.#dueAt = Number.POSITIVE_INFINITY
      this.#settle()
    }, ms)
    this.#timer.unref()
  }

  #ask(uris: ReadonlySet<string>): void {
    const { channel, envelope } = this.#options
    const notifications: JsonObject = {
      ...Object.fromEntries(this.#lists.map((list) => [memberOf[list], true])),
      ...(uris.size === 0 ? {} : { resourceSubscriptions: [...uris] }),
    }
    const ending = new AbortController()
    const asking: Listening = { id: channel.nextId(), uris, beganAt: performance.now(), ending }
    this.#asking = asking
    channel
      .request({
        method,
        id: asking.id,
        ...envelope(method, { params: { notifications } }),
        signal: ending.signal,
        endsInSilence: true,
      })
      .then(
        () => this.#onEnd(asking, undefined),
        (error: unknown) => this.#onEnd(asking, error),
      )
  }

  #takeAcknowledgement({ notifications, subscriptionId }: JsonObject): void {
    const asking = this.#asking
    // A server need not repeat the id on a stream of its own.
    if (!asking || (subscriptionId !== undefined && Number(subscriptionId) !== asking.id)) return
    const honoured = isJsonObject(notifications) ? notifications : {}
    const uris = Array.isArray(honoured.resourceSubscriptions) ? honoured.resourceSubscriptions : []
    this.#asking = undefined
    this.#listening?.ending.abort(new Error('Another stream has taken its place'))
    this.#listening = asking
    this.#lists = this.#lists.filter((list) => honoured[memberOf[list]] === true)
    const hadGap = this.#hasGap
    this.#hasGap = false
    this.#uris.acknowledge(asking.uris, new Set(uris), hadGap)
    // What changed while no stream was open was not told.
    if (hadGap && this.#lists.length > 0) this.#options.onChanged()
    this.#settleIn(this.#lists.length === 0 && this.#uris.size === 0 ? 0 : refilterMs)
  }

  #onEnd(ended: Listening, error: unknown): void {
    if (ended.ending.signal.aborted) return
    if (ended === this.#asking) this.#asking = undefined
    if (ended === this.#listening) {
      this.#listening = undefined
      this.#hasGap = true
    }
    // A server that is away is asked again for what it notified of before; a caller who has just come is told.
    if (error !== undefined) {
      const isOfOne = error instanceof RpcError && error.code === invalidParams
      const hadNew = this.#uris.refuseNew(ended.uris, error, isOfOne)
      if (isFinal(error) && hadNew) {
        this.#settleIn(refilterMs)
        return
      }
      if (isFinal(error)) this.#refuseAll(error)
    }
    const { retry } = this.#options
    this.#short = performance.now() - ended.beganAt < shortMs ? this.#short + 1 : 0
    this.#settleIn(Math.min(retry.maxMs, retry.firstMs * 2 ** Math.min(maxDoublings, this.#short)))
  }

  /** The server refuses what it took before. */
  #refuseAll(error: unknown): void {
    this.#lists = []
    this.#uris.refuseAll(error)
  }
}

const isOther = (before: ReadonlySet<string>, after: ReadonlySet<string>): boolean =>
  before.size !== after.size || !before.values().every((uri) => after.has(uri))
