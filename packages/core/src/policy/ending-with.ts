import { Socket } from 'node:net'
import type { buildConnector } from 'undici'

/**
 * Has `signal` end the connections of a connector, also those being opened. Node.js has an option for it, whose listener holds
 * each socket for as long as the signal lives; this one is removed with its socket.
 */
export function endingWith(signal: AbortSignal, connect: buildConnector.connector): buildConnector.connector {
  return (target, callback) => {
    // undici returns the socket, of which its types say nothing.
    const socket: unknown = connect(target, callback)
    if (!(socket instanceof Socket)) throw new TypeError('The connector returned no socket')
    const onAbort = () => socket.destroy(signal.reason)
    if (signal.aborted) {
      onAbort()
      return
    }
    signal.addEventListener('abort', onAbort, { once: true })
    socket.once('close', () => signal.removeEventListener('abort', onAbort))
  }
}
