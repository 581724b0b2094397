import { type Answer, PendingRequests } from '../pending-requests.ts'
import type { SessionTransport, TransportEnd } from '../transport.ts'
import { AnswerCut, type ChannelRequest, type ModernChannel } from './channel.ts'

/** Beyond the ids that the legacy client counts up from 0: after a probe, both use one pipe. */
const firstId = 1_000_000_000

/** Lines of a child that was started already: one line a request, and one that cancels it. */
export class StdioChannel implements ModernChannel {
  onNotification: ModernChannel['onNotification']
  onFault: ModernChannel['onFault']
  onClose: ModernChannel['onClose']
  readonly #transport: SessionTransport
  readonly #pending = new PendingRequests()
  #lastId = firstId

  constructor(transport: SessionTransport) {
    this.#transport = transport
    transport.onmessage = (message) => {
      const notification = this.#pending.take(message)
      if (notification) this.onNotification?.(notification)
    }
    transport.onerror = (error) => this.onFault?.(error)
    transport.onclose = () => {
      this.abandon()
      this.onClose?.()
    }
  }

  get end(): TransportEnd | undefined {
    return this.#transport.end
  }

  nextId(): number {
    this.#lastId += 1
    return this.#lastId
  }

  /** Hands the transport over to a session of the earlier revisions. `hears`: answers that still come are taken. */
  detach(hears: boolean): void {
    const transport = this.#transport
    transport.onerror = undefined
    transport.onclose = undefined
    if (!hears) transport.onmessage = undefined
  }

  /** Fails what has no answer yet; the server is not told. */
  abandon(): void {
    this.#pending.failAll(new AnswerCut(this.#transport.end?.cause))
  }

  async request(request: ChannelRequest): Promise<Answer> {
    const { id, method, params, signal } = request
    signal.throwIfAborted()
    const answer = this.#pending.add(request)
    const onAbort = () => {
      if (!this.#pending.has(id)) return
      this.#pending.fail(id, signal.reason)
      // A child that does not read it ends with its session.
      this.#transport
        .send({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: id } })
        .catch(() => undefined)
    }
    signal.addEventListener('abort', onAbort, { once: true })
    try {
      this.#transport
        .send({ jsonrpc: '2.0', id, method, params })
        .catch((error: unknown) => this.#pending.fail(id, error))
      return await answer
    } finally {
      signal.removeEventListener('abort', onAbort)
    }
  }
}
