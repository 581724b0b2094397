import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Registry } from '@toolyard/core'
import type { Authenticate, Limits, OnError, PersistedOperations } from '@toolyard/graphql'
import { createHandler, createNodeListener, useWebSocket } from '@toolyard/graphql'
import { depsOf } from '@toolyard/graphql/internal'
import { answerMetrics } from './answer-metrics.ts'
import {
  type ConnectionLimits,
  connectionsCheckingInterval,
  defaultConnectionLimits,
  limitConnections,
} from './connection-limits.ts'
import type { ConsoleFiles } from './console-files.ts'
import { allowOrigins } from './cors.ts'
import { listen } from './listen.ts'
import type { KeyHealth, ServerMetrics } from './metrics.ts'
import { isLoopback, isOwnRequest, type OriginRules } from './origin.ts'
import { createReadiness } from './readiness.ts'
import { serveConsole } from './serve-console.ts'

export interface ServerOptions {
  /** Served; `close()` of the server closes it. */
  readonly registry: Registry
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  /** Who asks; without it `host` must be a loopback address. @default whoever reaches the server may use it */
  readonly authenticate?: Authenticate
  /** Whether the keys of `authenticate` can be read: while they cannot, the server is not ready. @default they can */
  readonly keys?: KeyHealth
  /** Beside the server's own, as browsers send them. @default none */
  readonly allowedOrigins?: readonly string[]
  /** Served at `/`: the console, to everybody who may reach the server, as it holds no data. @default `/` leads to the API */
  readonly console?: ConsoleFiles | undefined
  /** What one client may ask for. */
  readonly limits?: Partial<Limits & ConnectionLimits>
  /** Documents by their ids. @default none */
  readonly persistedOperations?: PersistedOperations
  /** Whether no other document is executed. @default false */
  readonly onlyPersisted?: boolean
  /** Of this server alone; the registry tells its observer. */
  readonly metrics: ServerMetrics
  /** Hears of every error that a client is shown as `Internal error`. @default ignores them */
  readonly onError?: OnError
}

/** A listening server. Whoever started it closes it. */
export interface RunningServer {
  /** Of the GraphQL API. */
  readonly url: string
  /**
   * Turns /ready to 503, refuses new runs, gives those in flight `graceMs` to end, cancels the rest, completes the
   * streams, and closes the registry and every socket. A second call answers the same promise. Rejects with what the
   * registry rejects with, once the sockets are closed all the same.
   */
  close(options?: { readonly graceMs?: number }): Promise<void>
}

const graphqlPath = '/graphql'
/** How long clients may take, at a shutdown, for the answers that they were given. */
const impatienceMs = 250

function answer(response: ServerResponse, status: number, body: object, headers: Record<string, string> = {}): void {
  response
    .writeHead(status, {
      'content-type': 'application/json; charset=utf-8',
      'x-content-type-options': 'nosniff',
      ...headers,
    })
    .end(JSON.stringify(body))
}

function refused(message: string, code: string) {
  return { errors: [{ message, extensions: { code } }] }
}

/** Serves GraphQL, /health, /ready and /metrics. Rejects with the error of `listen` where the address cannot be had. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { registry, host, port, authenticate, keys, limits, metrics, onError, console: consoleFiles } = options
  const { persistedOperations = {}, onlyPersisted = false } = options
  if (!authenticate && !isLoopback(host))
    throw new Error(`host: expected a loopback address, as nobody is asked for keys`)
  const rules: OriginRules = { anyHost: !isLoopback(host), allowedOrigins: new Set(options.allowedOrigins) }
  const handler = createHandler(registry, {
    path: graphqlPath,
    persistedOperations,
    onlyPersisted,
    ...(authenticate ? { authenticate } : {}),
    ...(limits ? { limits } : {}),
    ...(onError ? { onError } : {}),
    onOperation: metrics.onOperation,
  })
  const { mask, identifyOperator } = depsOf(handler)
  const answerGraphQL = createNodeListener(handler)
  let isReady = false
  let closing: Promise<void> | undefined

  const isStorageReady = createReadiness(registry)
  async function answerReady(response: ServerResponse): Promise<void> {
    const isStorageUp = await isStorageReady()
    const reasons = [
      ...(isReady ? [] : ['LIFECYCLE']),
      ...(isStorageUp ? [] : ['DATABASE']),
      ...(keys?.status === 'CLOSED' ? ['API_KEYS'] : []),
    ]
    if (reasons.length === 0) answer(response, 200, { status: 'ok' })
    else answer(response, 503, { status: 'not ready', reasons })
  }

  function onRequest(request: IncomingMessage, response: ServerResponse): void {
    if (!connections.admit(request, response)) return
    const [path = '/'] = (request.url ?? '/').split('?', 1)
    const isRead = request.method === 'GET' || request.method === 'HEAD'
    if (['/health', '/ready', '/metrics'].includes(path) && !isRead) {
      answer(response, 405, { status: 'expected GET' }, { allow: 'GET, HEAD' })
    } else if (path === '/health') {
      answer(response, 200, { status: 'ok' })
    } else if (path === '/ready') {
      void answerReady(response)
    } else if (!isOwnRequest(request.headers, rules)) {
      answer(response, 403, refused('The Origin or the Host of the request is not one that is taken', 'FORBIDDEN'))
    } else if (allowOrigins(rules.allowedOrigins, request, response)) {
      // Answered.
    } else if (path === '/metrics') {
      const fail = (error: unknown) => {
        mask(error)
        response.destroy()
      }
      const identify = authenticate && identifyOperator
      const areKeysClosed = keys?.status === 'CLOSED'
      answerMetrics(request, response, { metrics, identify, areKeysClosed }).catch(fail)
    } else if (path === graphqlPath) {
      answerGraphQL(request, response)
    } else if (consoleFiles && isRead && serveConsole(consoleFiles, path, request, response)) {
      // Answered.
    } else if (path === '/' && isRead) {
      response.writeHead(307, { location: graphqlPath }).end()
    } else {
      answer(response, 404, refused(`Nothing is at ${path.slice(0, 200)}; the API is at ${graphqlPath}`, 'NOT_FOUND'))
    }
  }

  const server = createServer({ connectionsCheckingInterval }, onRequest)
  const connections = limitConnections(server, { ...defaultConnectionLimits, ...limits })
  const bridge = useWebSocket(handler, {
    server,
    path: graphqlPath,
    allowRequest: (request) => isReady && isOwnRequest(request.headers, rules),
  })
  metrics.watch({
    stats: () => registry.stats(),
    sockets: () => bridge.sockets,
    subscriptions: () => handler.subscriptions.total,
    keys,
    refusals: () => ({ ...handler.refusals, ...connections.refusals }),
  })
  const listening = await listen(server, port, host)
  isReady = true
  const { address } = listening
  const name = address.family === 'IPv6' ? `[${address.address}]` : address.address

  async function close(graceMs: number): Promise<void> {
    isReady = false
    try {
      // Ends every iterator, so that the streams complete before their sockets are closed.
      await registry.close({ graceMs })
    } finally {
      await closeSockets()
    }
  }

  async function closeSockets(): Promise<void> {
    const closed = listening.close()
    server.closeIdleConnections()
    // What is still open is a client that does not read its answer to the end, or has not asked to the end.
    const impatient = setTimeout(() => server.closeAllConnections(), impatienceMs)
    await bridge.close()
    await closed
    clearTimeout(impatient)
  }

  return {
    url: `http://${name}:${address.port}${graphqlPath}`,
    close({ graceMs = 0 } = {}) {
      closing ??= close(graceMs)
      return closing
    },
  }
}
