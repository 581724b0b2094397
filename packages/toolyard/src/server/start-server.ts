import { createServer, type Server } from 'node:http'
import type { Registry } from '@toolyard/core'
import type { Authenticate, Limits, OnError, PersistedOperations } from '@toolyard/graphql'
import {
  createHandler,
  createNodeListener,
  type GraphQLHandler,
  useWebSocket,
  type WebSocketBridge,
} from '@toolyard/graphql'
import { partsOf } from '@toolyard/graphql/internal'
import {
  type ConnectionLimits,
  connectionsCheckingInterval,
  defaultConnectionLimits,
  limitConnections,
} from './connection-limits.ts'
import type { ConsoleFiles } from './console-files.ts'
import { createRouter } from './create-router.ts'
import { type Listening, listen } from './listen.ts'
import type { KeyHealth } from './metric-sources.ts'
import type { ServerMetrics } from './metrics.ts'
import { isLoopback, isOwnRequest, type OriginRules } from './origin.ts'
import { createReadiness } from './readiness.ts'

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

function createGraphQLHandler(options: ServerOptions): GraphQLHandler {
  const { registry, authenticate, limits, metrics, onError } = options
  const { persistedOperations = {}, onlyPersisted = false } = options
  return createHandler(registry, {
    path: graphqlPath,
    persistedOperations,
    onlyPersisted,
    ...(authenticate ? { authenticate } : {}),
    ...(limits ? { limits } : {}),
    ...(onError ? { onError } : {}),
    onOperation: metrics.onOperation,
  })
}

async function closeSockets(server: Server, listening: Listening, bridge: WebSocketBridge): Promise<void> {
  const closed = listening.close()
  server.closeIdleConnections()
  // What is still open is a client that does not read its answer to the end, or has not asked to the end.
  const impatient = setTimeout(() => server.closeAllConnections(), impatienceMs)
  await bridge.close()
  await closed
  clearTimeout(impatient)
}

/** Serves GraphQL, /health, /ready and /metrics. Rejects with the error of `listen` where the address cannot be had. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { registry, host, port, authenticate, keys, limits, metrics, console: consoleFiles } = options
  if (!authenticate && !isLoopback(host))
    throw new Error(`host: expected a loopback address, as nobody is asked for keys`)
  const rules: OriginRules = { anyHost: !isLoopback(host), allowedOrigins: new Set(options.allowedOrigins) }
  const handler = createGraphQLHandler(options)
  const { mask, identifyOperator } = partsOf(handler)
  let isAccepting = false
  const route = createRouter({
    graphqlPath,
    answerGraphQL: createNodeListener(handler),
    rules,
    consoleFiles,
    metrics,
    keys,
    identifyOperator: authenticate && identifyOperator,
    onError: mask,
    isAccepting: () => isAccepting,
    isStorageReady: createReadiness(registry),
  })
  const server = createServer({ connectionsCheckingInterval })
  const connections = limitConnections(server, { ...defaultConnectionLimits, ...limits })
  server.on('request', (request, response) => {
    if (connections.admit(request, response)) route(request, response)
  })
  const bridge = useWebSocket(handler, {
    server,
    path: graphqlPath,
    allowRequest: (request) => isAccepting && isOwnRequest(request.headers, rules),
  })
  metrics.watch({
    stats: () => registry.stats(),
    sockets: () => bridge.sockets,
    subscriptions: () => handler.subscriptions.total,
    keys,
    refusals: () => ({ ...handler.refusals, ...connections.refusals }),
  })
  const listening = await listen(server, port, host)
  isAccepting = true

  async function close(graceMs: number): Promise<void> {
    isAccepting = false
    try {
      // Ends every iterator, so that the streams complete before their sockets are closed.
      await registry.close({ graceMs })
    } finally {
      await closeSockets(server, listening, bridge)
    }
  }

  let closing: Promise<void> | undefined
  return {
    url: urlOf(listening),
    close({ graceMs = 0 } = {}) {
      closing ??= close(graceMs)
      return closing
    },
  }
}

function urlOf({ address: { family, address, port } }: Listening): string {
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}${graphqlPath}`
}
