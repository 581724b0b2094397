import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { AuthAnswer } from '@toolyard/core'
import { type CallbackPage, pageHeaders, renderPage } from '../oauth/callback-page.ts'
import { answerIn } from './callback-answer.ts'

/** The first port to try: with the same redirect URI, a client that registered itself is known again (RFC 7591). */
const defaultCallbackPort = 33_418
const host = '127.0.0.1'
const path = '/callback'
/** Time for a browser to send its request, in ms. */
const requestMs = 10_000
/** A browser opens a few connections, some of them without a request. */
const maxConnections = 32

/** A browser that came back, and waits for its page. */
export interface ArrivedCallback {
  readonly answer: AuthAnswer
  /** Shows the page. Resolves when it was sent, or the browser went away. */
  show(page: CallbackPage): Promise<void>
}

/** The redirect URI of a native application (RFC 8252 section 7.3). Disposing of it ends all its sockets. */
export interface CallbackListener extends AsyncDisposable {
  readonly redirectUri: string
  /** Resolves with the first callback that has `state`; all other requests are refused, before and after it. */
  arrival(state: string): Promise<ArrivedCallback>
}

const pages = {
  noSuchPage: { status: 404, title: 'Not found', text: ['There is nothing here.'] },
  wrongMethod: { status: 405, title: 'Not allowed', text: ['Expected a browser that comes back by GET.'] },
  wrongState: {
    status: 400,
    title: 'Not this sign-in',
    text: ['It does not belong to the sign-in that toolyard waits for. Open the address in the terminal.'],
  },
  tooLate: { status: 409, title: 'Already answered', text: ['The terminal shows the outcome.'] },
} as const satisfies Record<string, CallbackPage>

async function bind(server: Server, port: number): Promise<number> {
  server.listen({ port, host, exclusive: true })
  await once(server, 'listening')
  // A server that listens on a port has an AddressInfo.
  return (server.address() as AddressInfo).port
}

const isTaken = (error: unknown) =>
  error instanceof Error && 'code' in error && (error.code === 'EADDRINUSE' || error.code === 'EACCES')

async function bindFirstFree(server: Server, port: number): Promise<number> {
  try {
    return await bind(server, port)
  } catch (error) {
    if (!isTaken(error)) throw error
    return await bind(server, 0)
  }
}

/** Answers with the page, and ends the connection. */
function answerPage(response: ServerResponse, page: CallbackPage): void {
  const headers = { ...pageHeaders, connection: 'close', ...(page.status === 405 ? { allow: 'GET' } : {}) }
  response.writeHead(page.status, headers).end(renderPage(page))
}

async function show(response: ServerResponse, page: CallbackPage): Promise<void> {
  if (response.destroyed) return
  const ended = new Promise<void>((resolve) => response.once('close', resolve))
  answerPage(response, page)
  await ended
}

/** Listens on the default port if it is free, else on another one. */
export async function listenForCallback(port = defaultCallbackPort): Promise<CallbackListener> {
  const arrived = Promise.withResolvers<ArrivedCallback>()
  let expected: string | undefined
  let hasArrived = false

  function read({ method, url = '' }: IncomingMessage): AuthAnswer | CallbackPage {
    const asked = URL.canParse(url, `http://${host}`) ? new URL(url, `http://${host}`) : undefined
    if (asked?.pathname !== path) return pages.noSuchPage
    if (method !== 'GET') return pages.wrongMethod
    const answer = expected === undefined ? undefined : answerIn(asked.search, expected)
    return answer ? (hasArrived ? pages.tooLate : answer) : pages.wrongState
  }

  function handle(request: IncomingMessage, response: ServerResponse): void {
    const answer = read(request)
    if ('status' in answer) {
      answerPage(response, answer)
      return
    }
    hasArrived = true
    arrived.resolve({ answer, show: (page) => show(response, page) })
  }

  const server = createServer({ requestTimeout: requestMs, headersTimeout: requestMs }, handle)
  server.maxConnections = maxConnections
  const bound = await bindFirstFree(server, port)
  return {
    redirectUri: `http://${host}:${bound}${path}`,
    arrival(state) {
      expected = state
      return arrived.promise
    },
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}
