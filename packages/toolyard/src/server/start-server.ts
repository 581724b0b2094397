import { createServer, type Server } from 'node:http'
import { clientMetadataDocument, type OAuthOptions, type Registry } from '@toolyard/core'
import type { Authenticate, BindBrowser, BrowserRequest, Limits, OnError, PersistedOperations } from '@toolyard/graphql'
import {
  createHandler,
  createNodeListener,
  type GraphQLHandler,
  useWebSocket,
  type WebSocketBridge,
} from '@toolyard/graphql'
import { depsOf } from '@toolyard/graphql/internal'
import { createBindBrowser } from '../oauth/bind-browser.ts'
import { createBrowserCookies } from '../oauth/browser-cookies.ts'
import { callbackUrlFor } from './callback-url.ts'
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
  /** The registry to serve; `close()` of the server closes it. */
  readonly registry: Registry
  readonly host: string
  /** 0 takes a free port. */
  readonly port: number
  /** Identifies callers; without it `host` must be a loopback address. @default no caller is asked for a key */
  readonly authenticate?: Authenticate
  /** Whether the keys of `authenticate` can be read: while they cannot, the server is not ready. @default they can */
  readonly keys?: KeyHealth
  /** Whether a tenant has keys. @default there is one tenant, `default` */
  readonly hasTenant?: (name: string) => boolean
  /** Where browsers reach the server, without a slash at its end. @default where it listens, if on a loopback address */
  readonly publicUrl?: string | undefined
  /** The registry's options, for the client's metadata document. @default there is no such document */
  readonly oauth?: OAuthOptions
  /** Origins beside the server's own, as browsers write them. @default none */
  readonly allowedOrigins?: readonly string[]
  /** The console, served at `/` to every client, as it holds no data. @default `/` redirects to the API */
  readonly console?: ConsoleFiles | undefined
  /** Limits for one client. */
  readonly limits?: Partial<Limits & ConnectionLimits>
  /** Documents by their ids. @default none */
  readonly persistedOperations?: PersistedOperations
  /** Whether no other document is executed. @default false */
  readonly onlyPersisted?: boolean
  /** Metrics of this server alone. The caller passes their observer to the registry. */
  readonly metrics: ServerMetrics
  /** Receives every error that a client sees as `Internal error`. @default `process.emitWarning` */
  readonly onError?: OnError
}

/** A listening server. The caller of `startServer` closes it. */
export interface RunningServer {
  /** Address of the GraphQL API. */
  readonly url: string
  /**
   * Turns /ready to 503, refuses new runs, gives those in flight `graceMs` to end, and cancels the rest. Then completes
   * the streams, and closes the registry and every socket. A second call returns the same promise. Rejects with the
   * error of the registry, after the sockets are closed.
   */
  close(options?: { readonly graceMs?: number }): Promise<void>
}

const graphqlPath = '/graphql'
/** Time for clients to read their last answers at a shutdown, in ms. */
const drainMs = 250

function createGraphQLHandler(options: ServerOptions, bindBrowser: BindBrowser): GraphQLHandler {
  const { registry, authenticate, limits, metrics, onError } = options
  const { persistedOperations = {}, onlyPersisted = false } = options
  return createHandler(registry, {
    path: graphqlPath,
    bindBrowser,
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
  // A connection that is still open has a client that stopped reading its answer, or sending its request.
  const timer = setTimeout(() => server.closeAllConnections(), drainMs)
  await bridge.close()
  await closed
  clearTimeout(timer)
}

/** Serves GraphQL, /health, /ready and /metrics. Rejects with the error of `listen` if the address cannot be bound. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { registry, host, port, authenticate, keys, limits, metrics, console: consoleFiles } = options
  const { hasTenant = (name) => name === 'default', oauth, publicUrl } = options
  if (!authenticate && !isLoopback(host))
    throw new Error(`host is ${host}: without API keys it must be a loopback address`)
  const rules = originRulesOf(options)
  const cookies = createBrowserCookies(publicUrl)
  const callbackFor = (request: BrowserRequest) => callbackUrlFor(request, options)
  const handler = createGraphQLHandler(options, createBindBrowser({ cookies, callbackFor }))
  const { mask, identifyOperator } = depsOf(handler)
  let isAccepting = false
  const route = createRouter({
    graphqlPath,
    answerGraphQL: createNodeListener(handler),
    rules,
    consoleFiles,
    metrics,
    keys,
    callback: { registry, cookies, hasTenant, hasConsole: consoleFiles !== undefined, onError: mask },
    clientMetadata: oauth && clientMetadataDocument(oauth),
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

/** The public URL is an address of this server, also behind a proxy on this machine. */
function originRulesOf({ host, publicUrl, allowedOrigins = [] }: ServerOptions): OriginRules {
  const own = publicUrl === undefined ? [] : [new URL(publicUrl).origin]
  return { anyHost: !isLoopback(host), allowedOrigins: new Set([...allowedOrigins, ...own]) }
}
