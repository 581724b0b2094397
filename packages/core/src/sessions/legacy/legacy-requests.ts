import type { Deadline } from '../../base/deadline.ts'
import type { JsonObject } from '../../base/json.ts'
import type { Operation } from '../../telemetry/operation.ts'
import { type Answer, type PendingRequest, PendingRequests } from '../pending-requests.ts'
import { RpcError } from '../rpc-error.ts'
import type { SessionTransport } from '../transport.ts'

/** The code by which the SDK fails requests whose connection has ended. */
const connectionClosed = -32000

export interface LegacyRequest {
  readonly operation: Operation
  readonly params: JsonObject
  readonly deadline: Deadline
  /** Gets the id of the request, right before it is sent. */
  readonly onSend?: (id: number) => void
  readonly onProgress?: PendingRequest['onProgress']
}

/**
 * The requests of a session after its handshake. They and their answers pass by the client of the SDK, which would check
 * and copy each of them again; it gets every other message.
 */
export class LegacyRequests {
  readonly #transport: SessionTransport
  readonly #pending = new PendingRequests()
  /** That of `initialize`, which the client sends. */
  #lastId = 0
  #isClosed = false

  /** `transport`: as the client has connected to it. */
  constructor(transport: SessionTransport) {
    this.#transport = transport
    const toClient = transport.onmessage
    transport.onmessage = (message) => {
      if (this.#pending.isFor(message)) this.#pending.take(message)
      else toClient?.(message)
    }
  }

  /**
   * Sends a request, and resolves with its result. At the end of the deadline, cancels it on the wire as well (MCP
   * 2025-11-25, cancellation). Rejects with the deadline's error, RpcError, the fault of the transport, or a RegistryError
   * for an answer that breaks the protocol or a budget.
   */
  async request({ operation, params, deadline, onSend, onProgress }: LegacyRequest): Promise<Answer> {
    if (deadline.error) throw deadline.error
    if (this.#isClosed) throw closedError()
    this.#lastId += 1
    const id = this.#lastId
    const { method, carrier } = operation
    operation.sentAs(id)
    onSend?.(id)
    const answer = this.#pending.add({ id, method, onProgress })
    const stopListening = deadline.onEnd((error) => this.#cancel(id, error))
    const meta = { ...(onProgress ? { progressToken: id } : {}), ...carrier }
    const isPlain = !onProgress && carrier === undefined
    try {
      this.#transport
        .send({ jsonrpc: '2.0', id, method, params: isPlain ? params : { ...params, _meta: meta } })
        .catch((error: unknown) => this.#pending.fail(id, error))
      return await answer
    } finally {
      stopListening()
    }
  }

  /** Fails what has no answer yet: the connection has ended. */
  close(): void {
    this.#isClosed = true
    this.#pending.failAll(closedError())
  }

  #cancel(id: number, error: Error): void {
    this.#pending.fail(id, error)
    this.#transport
      .send({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: id, reason: String(error) } })
      // A server that does not read it ends with its session.
      .catch(() => undefined)
  }
}

const closedError = () => new RpcError(connectionClosed, 'Connection closed')
