import type { RegistryError } from '../../base/errors.ts'
import type { BudgetMeter } from '../../budgets/budget-meter.ts'
import type { JsonRpcMessage, RequestId } from '../json-rpc.ts'
import type { ServerMessage } from '../messages.ts'
import { RpcError } from '../rpc-error.ts'
import type { AnswerAsk, ServerAsk } from '../transport.ts'

const methodNotFound = -32601
const internalError = -32603

export type ServerRequest = ServerMessage & { readonly kind: 'REQUEST' }

/** Answers requests of a server: pings at once (MCP 2025-11-25, ping), others as the session does. */
export interface ServerRequests {
  /** Begins to send the answer once fewer than the limit are under way, or once the session has one. */
  answer(request: ServerRequest, relatedTo: RequestId | undefined): Promise<void>
  /** The server wants no answer any more (MCP 2025-11-25, cancellation). */
  withdraw(id: RequestId): void
  close(): void
}

export interface ServerRequestsOptions {
  readonly meter: BudgetMeter
  readonly onAsk: AnswerAsk
  /** Sends an answer; resolves once the server has it. */
  readonly send: (answer: JsonRpcMessage) => Promise<void>
  /** Called for an answer that the server did not take. */
  readonly onRefused: (error: Error) => void
  /** Called when an answer cannot be delivered: the server reads nothing any more, so the session has to end. */
  readonly onStuck: (error: RegistryError) => void
}

/** The answer that needs no session. */
const answerTo = ({ id, method }: ServerRequest): JsonRpcMessage =>
  method === 'ping'
    ? { jsonrpc: '2.0', id, result: {} }
    : { jsonrpc: '2.0', id, error: { code: methodNotFound, message: 'Method not found' } }

function failureTo(id: RequestId, error: unknown): JsonRpcMessage {
  const { code, message } = error instanceof RpcError ? error : { code: internalError, message: 'Internal error' }
  return { jsonrpc: '2.0', id, error: { code, message } }
}

export function createServerRequests({
  meter,
  onAsk,
  send,
  onRefused,
  onStuck,
}: ServerRequestsOptions): ServerRequests {
  const { serverRequests: most, serverRequestMs } = meter.budgets
  const timers = new Set<NodeJS.Timeout>()
  /** Those that the session has no answer for yet. */
  const open = new Map<RequestId, AbortController>()
  let waiting: PromiseWithResolvers<void> | undefined
  let isClosed = false

  function goOn(): void {
    waiting?.resolve()
    waiting = undefined
  }

  function onLate(): void {
    const what = 'The delivery of an answer to a request of the server'
    onStuck(meter.exceeded('serverRequestMs', { what, code: 'PROTOCOL_ERROR' }))
  }

  async function deliver(answer: JsonRpcMessage): Promise<void> {
    const timer = setTimeout(onLate, serverRequestMs).unref()
    timers.add(timer)
    try {
      await send(answer)
    } catch (error) {
      if (!isClosed) onRefused(error instanceof Error ? error : new Error(String(error)))
    } finally {
      clearTimeout(timer)
      timers.delete(timer)
      goOn()
    }
  }

  async function deliverInTurn(answer: JsonRpcMessage): Promise<void> {
    while (timers.size >= most) {
      waiting ??= Promise.withResolvers()
      await waiting.promise
    }
    if (!isClosed) void deliver(answer)
  }

  /** Delivers the session's answer once there is one, unless it is not wanted any more. */
  async function deliverOnce(id: RequestId, controller: AbortController, answering: Promise<ServerAsk['params']>) {
    const answer = await answering.then(
      (result): JsonRpcMessage => ({ jsonrpc: '2.0', id, result }),
      (error: unknown) => failureTo(id, error),
    )
    if (open.get(id) === controller) open.delete(id)
    if (!controller.signal.aborted) await deliverInTurn(answer)
  }

  return {
    async answer(request, relatedTo) {
      const { id, method, params } = request
      const controller = new AbortController()
      const answering = method === 'ping' ? undefined : onAsk({ method, params, relatedTo, signal: controller.signal })
      if (!answering) {
        await deliverInTurn(answerTo(request))
        return
      }
      open.set(id, controller)
      void deliverOnce(id, controller, answering)
    },
    withdraw(id) {
      open.get(id)?.abort()
      open.delete(id)
    },
    close() {
      isClosed = true
      for (const controller of open.values()) controller.abort()
      open.clear()
      for (const timer of timers) clearTimeout(timer)
      timers.clear()
      goOn()
    },
  }
}
