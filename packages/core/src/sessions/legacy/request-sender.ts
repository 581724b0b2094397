import { isJsonObject } from '../../base/json.ts'
import type { Operation } from '../../telemetry/operation.ts'
import type { SessionTransport } from '../transport.ts'

/**
 * Matches a message of the SDK with its operation: the SDK makes message and id itself, within the call that asks for
 * them.
 */
export interface RequestSender {
  /** Calls `ask`, which sends the operation's request at once, or `initialize` once the transport is up. */
  during<T>(operation: Operation, ask: () => T): T
}

/** Puts the trace into the `_meta` of each request that `transport` sends (SEP-414), and gives the operation its id. */
export function createRequestSender(transport: SessionTransport): RequestSender {
  let asking: Operation | undefined
  const send = transport.send.bind(transport)
  transport.send = (message) => {
    const isRequest = 'method' in message && 'id' in message
    if (!isRequest || asking?.method !== message.method) return send(message)
    const { carrier } = asking
    asking.sentAs(message.id)
    asking = undefined
    if (!carrier) return send(message)
    const meta = isJsonObject(message.params?._meta) ? message.params._meta : {}
    return send({ ...message, params: { ...message.params, _meta: { ...meta, ...carrier } } })
  }
  return {
    during(operation, ask) {
      asking = operation
      return ask()
    },
  }
}
