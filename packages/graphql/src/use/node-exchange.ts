import type { ServerResponse } from 'node:http'
import type { Exchange } from '../context/context.ts'
import { clientGone } from '../execution/answers.ts'
import type { LimitMeter } from '../limits/limit-meter.ts'

/** The way of one answer over HTTP. The connection of a client ends that takes nothing of it for `answerTimeoutMs`. */
export function createNodeExchange(response: ServerResponse, { limits, count }: LimitMeter): Exchange {
  let controller: AbortController | undefined
  return {
    get signal() {
      if (controller) return controller.signal
      const leaving = new AbortController()
      controller = leaving
      if (response.closed) leaving.abort(clientGone())
      else response.once('close', () => leaving.abort(clientGone()))
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
      // Node.js sets another timeout for the connection once the answer is sent.
      const start = () => response.setTimeout(limits.answerTimeoutMs)
      start()
      // Yoga takes it off the connection of a stream.
      response.once('pipe', start)
    },
  }
}
