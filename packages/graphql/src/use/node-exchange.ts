import type { ServerResponse } from 'node:http'
import type { Exchange } from '../context/context.ts'
import { clientDisconnected } from '../execution/answers.ts'
import type { LimitMeter } from '../limits/limit-meter.ts'

/** Creates the delivery of one answer over HTTP. Closes the connection if the client reads nothing for `answerTimeoutMs`. */
export function createNodeExchange(response: ServerResponse, { limits, count }: LimitMeter): Exchange {
  let controller: AbortController | undefined
  return {
    get signal() {
      if (controller) return controller.signal
      const leaving = new AbortController()
      controller = leaving
      if (response.closed) leaving.abort(clientDisconnected())
      else response.once('close', () => leaving.abort(clientDisconnected()))
      return leaving.signal
    },
    whenSent(release) {
      if (response.closed) release()
      else response.once('close', () => release())
    },
    sending() {
      if (!Number.isFinite(limits.answerTimeoutMs)) return
      response.on('timeout', () => {
        count('answerTimeoutMs')
        response.destroy()
      })
      // Once the answer is sent, Node.js sets the keep-alive timeout in its place.
      const start = () => response.setTimeout(limits.answerTimeoutMs)
      start()
      // Yoga removes the timeout of a stream's connection.
      response.once('pipe', start)
    },
    header: (name) => [response.req.headers[name] ?? []].flat().join(', ') || undefined,
    setCookie(cookie) {
      // The answer of an operation that took too long is sent before the operation ends.
      if (!response.headersSent) response.appendHeader('set-cookie', cookie)
    },
  }
}
