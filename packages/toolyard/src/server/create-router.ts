import type { IncomingMessage, ServerResponse } from 'node:http'
import type { IdentifyOperator } from '@toolyard/graphql/internal'
import { answerCallback, type CallbackDeps } from '../oauth/answer-callback.ts'
import { callbackPath, clientMetadataPath } from '../oauth/public-address.ts'
import { answerMetrics } from './answer-metrics.ts'
import type { ConsoleFiles } from './console-files.ts'
import { allowOrigins } from './cors.ts'
import { answerJson, errorBody } from './json-answer.ts'
import type { KeyHealth } from './metric-sources.ts'
import type { ServerMetrics } from './metrics.ts'
import { isOwnRequest, type OriginRules } from './origin.ts'
import { serveConsole } from './serve-console.ts'

export interface RouterDeps {
  readonly graphqlPath: string
  readonly answerGraphQL: (request: IncomingMessage, response: ServerResponse) => void
  readonly rules: OriginRules
  readonly consoleFiles: ConsoleFiles | undefined
  readonly metrics: ServerMetrics
  readonly keys: KeyHealth | undefined
  readonly callback: CallbackDeps
  /** The client's metadata document; undefined if the public URL is not https. */
  readonly clientMetadata: object | undefined
  /** Undefined if the server asks for no API keys. */
  readonly identifyOperator: IdentifyOperator | undefined
  /** Receives an error that is answered with a closed connection. */
  readonly onError: (error: unknown) => void
  /** Whether the server has started, and does not shut down. */
  readonly isAccepting: () => boolean
  readonly isStorageReady: () => Promise<boolean>
}

type Route = (request: IncomingMessage, response: ServerResponse) => void

const probes: ReadonlySet<string> = new Set(['/health', '/ready', '/metrics', clientMetadataPath])

async function answerReady(response: ServerResponse, deps: RouterDeps): Promise<void> {
  const isStorageUp = await deps.isStorageReady()
  const reasons = [
    ...(deps.isAccepting() ? [] : ['LIFECYCLE']),
    ...(isStorageUp ? [] : ['DATABASE']),
    ...(deps.keys?.status === 'CLOSED' ? ['API_KEYS'] : []),
  ]
  if (reasons.length === 0) answerJson(response, 200, { status: 'ok' })
  else answerJson(response, 503, { status: 'not ready', reasons })
}

function abandon(response: ServerResponse, error: unknown, { onError }: RouterDeps): void {
  onError(error)
  response.destroy()
}

function routeMetrics(request: IncomingMessage, response: ServerResponse, deps: RouterDeps): void {
  const { metrics, identifyOperator: identify, keys } = deps
  answerMetrics(request, response, { metrics, identify, areKeysClosed: keys?.status === 'CLOSED' }).catch(
    (error: unknown) => abandon(response, error, deps),
  )
}

/** Creates the listener of requests: GraphQL, the console, OAuth, /health, /ready and /metrics. */
export function createRouter(deps: RouterDeps): Route {
  const { graphqlPath, answerGraphQL, rules, consoleFiles, clientMetadata } = deps
  return (request, response) => {
    const [path = '/'] = (request.url ?? '/').split('?', 1)
    const isRead = request.method === 'GET' || request.method === 'HEAD'
    if (probes.has(path) && !isRead) {
      answerJson(response, 405, { status: 'expected GET' }, { allow: 'GET, HEAD' })
    } else if (path === '/health') {
      answerJson(response, 200, { status: 'ok' })
    } else if (path === '/ready') {
      void answerReady(response, deps)
    } else if (path === clientMetadataPath && clientMetadata) {
      answerJson(response, 200, clientMetadata, { 'cache-control': 'public, max-age=3600' })
    } else if (path === callbackPath && isOwnRequest({ host: request.headers.host }, rules)) {
      // Whatever the Origin is: the way back may lead over forms of the authorization server.
      answerCallback(request, response, deps.callback).catch((error: unknown) => abandon(response, error, deps))
    } else if (!isOwnRequest(request.headers, rules)) {
      answerJson(response, 403, errorBody('The Origin or Host of the request is not allowed', 'FORBIDDEN'))
    } else if (allowOrigins(rules.allowedOrigins, request, response)) {
      // Answered.
    } else if (path === '/metrics') {
      routeMetrics(request, response, deps)
    } else if (path === graphqlPath) {
      answerGraphQL(request, response)
    } else if (consoleFiles && isRead && serveConsole(consoleFiles, path, request, response)) {
      // Answered.
    } else if (path === '/' && isRead) {
      response.writeHead(307, { location: graphqlPath }).end()
    } else {
      const message = `Nothing is at ${path.slice(0, 200)}; the API is at ${graphqlPath}`
      answerJson(response, 404, errorBody(message, 'NOT_FOUND'))
    }
  }
}
