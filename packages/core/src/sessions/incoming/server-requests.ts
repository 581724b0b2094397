import type { JSONRPCMessage, RequestId } from '@modelcontextprotocol/sdk/types.js'
import type { RegistryError } from '../../base/errors.ts'
import type { BudgetMeter } from '../../budgets/budget-meter.ts'

const methodNotFound = -32601

/** Answers what a server asks for: a ping, and nothing else, since nothing else was declared (MCP 2025-11-25, ping). */
export interface ServerRequests {
  /** Begins to send the answer, once there are fewer under answer than there may be. */
  answer(id: RequestId, method: string): Promise<void>
  close(): void
}

export interface ServerRequestsOptions {
  readonly meter: BudgetMeter
  /** Resolves once the server has it. */
  readonly send: (answer: JSONRPCMessage) => Promise<void>
  /** Hears of an answer that the server did not want. */
  readonly onRefused: (error: Error) => void
  /** Hears that an answer does not go out: nothing is read any more, so the session is over. */
  readonly onStuck: (error: RegistryError) => void
}

const answerTo = (id: RequestId, method: string): JSONRPCMessage =>
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

  async function deliver(answer: JSONRPCMessage): Promise<void> {
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
