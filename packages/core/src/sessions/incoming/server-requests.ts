import type { RegistryError } from '../../base/errors.ts'
import type { BudgetMeter } from '../../budgets/budget-meter.ts'
import type { JsonRpcMessage, RequestId } from '../json-rpc.ts'

const methodNotFound = -32601

/** Answers requests of a server: ping only, as no other capability was declared (MCP 2025-11-25, ping). */
export interface ServerRequests {
  /** Begins to send the answer once fewer than the limit are under way. */
  answer(id: RequestId, method: string): Promise<void>
  close(): void
}

export interface ServerRequestsOptions {
  readonly meter: BudgetMeter
  /** Sends an answer; resolves once the server has it. */
  readonly send: (answer: JsonRpcMessage) => Promise<void>
  /** Called for an answer that the server did not take. */
  readonly onRefused: (error: Error) => void
  /** Called when an answer cannot be delivered: the server reads nothing any more, so the session has to end. */
  readonly onStuck: (error: RegistryError) => void
}

const answerTo = (id: RequestId, method: string): JsonRpcMessage =>
  method === 'ping'
    ? { jsonrpc: '2.0', id, result: {} }
    : { jsonrpc: '2.0', id, error: { code: methodNotFound, message: 'Method not found' } }

export function createServerRequests({ meter, send, onRefused, onStuck }: ServerRequestsOptions): ServerRequests {
  const { serverRequests: most, serverRequestMs } = meter.budgets
  const timers = new Set<NodeJS.Timeout>()
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

  return {
    async answer(id, method) {
      while (timers.size >= most) {
        waiting ??= Promise.withResolvers()
        await waiting.promise
      }
      if (!isClosed) void deliver(answerTo(id, method))
    },
    close() {
      isClosed = true
      for (const timer of timers) clearTimeout(timer)
      timers.clear()
      goOn()
    },
  }
}
