import type { ServerResponse } from 'node:http'
import type { Exchange } from '../context/context.ts'
import { clientDisconnected } from '../execution/answers.ts'
import type { LimitMeter } from '../limits/limit-meter.ts'

class NodeExchange implements Exchange {
  bytes = 0
  readonly #response: ServerResponse
  readonly #meter: LimitMeter
  #controller: AbortController | undefined

  constructor(response: ServerResponse, meter: LimitMeter) {
    this.#response = response
    this.#meter = meter
  }

  /** Made when it is first read: most answers are sent before any code asks. */
  get signal(): AbortSignal {
    if (this.#controller) return this.#controller.signal
    const leaving = new AbortController()
    this.#controller = leaving
    if (this.#response.closed) leaving.abort(clientDisconnected())
    else this.#response.once('close', () => leaving.abort(clientDisconnected()))
    return leaving.signal
  }

  whenSent(release: () => void): void {
    if (this.#response.closed) release()
    else this.#response.once('close', () => release())
  }

  sending(): void {
    const response = this.#response
    const { limits, count } = this.#meter
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
  }

  header(name: string): string | undefined {
    return [this.#response.req.headers[name] ?? []].flat().join(', ') || undefined
  }

  setCookie(cookie: string): void {
    // The answer of an operation that took too long is sent before the operation ends.
    if (!this.#response.headersSent) this.#response.appendHeader('set-cookie', cookie)
  }
}

/** Creates the delivery of one answer over HTTP. Closes the connection if the client reads nothing for `answerTimeoutMs`. */
export function createNodeExchange(response: ServerResponse, meter: LimitMeter): Exchange {
  return new NodeExchange(response, meter)
}
