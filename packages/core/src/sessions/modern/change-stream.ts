import { setTimeout as delay } from 'node:timers/promises'
import { isRegistryError } from '../../base/errors.ts'
import { isJsonObject } from '../../base/json.ts'
import { AuthorizationError, HttpStatusError } from '../http/http-errors.ts'
import type { ServerNotification } from '../pending-requests.ts'
import { RpcError } from '../rpc-error.ts'
import type { ModernChannel } from './channel.ts'
import type { ChangingList } from './discover-result.ts'
import type { Envelope, EnvelopeContent } from './envelope.ts'
import { isModernCode } from './revision.ts'

/** A stream that ends sooner is followed by a longer pause each time, in ms. */
const shortMs = 500
const maxDoublings = 20

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
  /** The pause before the stream is opened anew, in ms; it doubles up to `maxMs`. */
  readonly retry: { readonly firstMs: number; readonly maxMs: number }
}

/** Whether the server would refuse a subscription again, or only its owner can have it authorized. */
function isFinal(error: unknown): boolean {
  if (isRegistryError(error)) return true
  if (error instanceof AuthorizationError) return isRegistryError(error.cause, 'AUTH_REQUIRED')
  if (error instanceof RpcError) return error.code === -32601 || error.code === -32602 || isModernCode(error.code)
  if (!(error instanceof HttpStatusError)) return false
  const { status, lacksAnswer = false } = error.details
  return lacksAnswer || (status < 500 && status !== 408 && status !== 429)
}

/**
 * Keeps a stream open by which the server notifies of changes of its lists (MCP 2026-07-28, subscriptions), and opens it
 * anew with growing pauses. A server that cannot have it is left in peace.
 */
export class ChangeStream {
  readonly #options: ChangeStreamOptions
  readonly #ending = new AbortController()
  /** Ends the one request. */
  #current: AbortController | undefined
  #isReopened = false

  constructor(options: ChangeStreamOptions) {
    this.#options = options
  }

  /** Resolves once no stream is opened any more. Never rejects. */
  async run(): Promise<void> {
    const { retry } = this.#options
    const { signal } = this.#ending
    let short = 0
    while (!signal.aborted) {
      const beganAt = performance.now()
      if (await this.#listen()) return
      short = performance.now() - beganAt < shortMs ? short + 1 : 0
      const pauseMs = Math.min(retry.maxMs, retry.firstMs * 2 ** Math.min(maxDoublings, short))
      // It rejects at the end of the stream alone, which the loop sees.
      await delay(pauseMs, undefined, { signal, ref: false }).catch(() => undefined)
    }
  }

  /** Takes what the channel received. */
  take({ method, params }: ServerNotification): void {
    const { lists } = this.#options
    if (lists.some((list) => method === `notifications/${list}/list_changed`)) this.#options.onChanged()
    else if (method === 'notifications/subscriptions/acknowledged') {
      const { notifications } = params
      const honoured = isJsonObject(notifications) ? notifications : {}
      const isHonoured = lists.some((list) => honoured[memberOf[list]] === true)
      if (!isHonoured) this.end()
      // What changed while no stream was open was not told.
      else if (this.#isReopened) this.#options.onChanged()
      this.#isReopened = true
    }
  }

  end(): void {
    const reason = new Error('No changes are awaited any more')
    this.#ending.abort(reason)
    this.#current?.abort(reason)
  }

  /** One stream; answers whether it was the last. */
  async #listen(): Promise<boolean> {
    const { channel, envelope, lists } = this.#options
    const notifications = Object.fromEntries(lists.map((list) => [memberOf[list], true]))
    this.#current = new AbortController()
    const method = 'subscriptions/listen'
    try {
      await channel.request({
        method,
        id: channel.nextId(),
        ...envelope(method, { params: { notifications } }),
        signal: this.#current.signal,
        endsInSilence: true,
      })
      return false
    } catch (error) {
      return this.#ending.signal.aborted || isFinal(error)
    }
  }
}
