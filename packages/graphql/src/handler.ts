import type { Registry } from '@toolyard/core'
import { GraphQLError } from 'graphql'
import { createYoga, type Plugin, type YogaServerOptions } from 'graphql-yoga'
import { type Authenticate, createIdentification } from './access/authenticate.ts'
import type { BindBrowser } from './access/bind-browser.ts'
import { anonymous } from './access/caller.ts'
import type { Arrival } from './context/arrival.ts'
import { type Context, createContext } from './context/context.ts'
import { withFragmentHint } from './errors/fragment-hint.ts'
import { maskError, type OnError } from './errors/mask-error.ts'
import { withoutArguments, withoutJson, withoutSuggestion } from './errors/redact.ts'
import { unquoteLiterals } from './errors/unquote-literals.ts'
import { createAdmission } from './execution/admit.ts'
import { createAnswers } from './execution/answers.ts'
import { createFastExecution } from './execution/execute-fast.ts'
import { createFanOutSubscriptions } from './execution/fan-out-subscriptions.ts'
import { showGraphiQL } from './http/graphiql-page.ts'
import { endStreams, identifyRequests } from './http/identify-requests.ts'
import { limitOperations } from './http/limit-operations.ts'
import { postOnly } from './http/post-only.ts'
import { setCookies } from './http/set-cookies.ts'
import { streamResults } from './http/stream-results.ts'
import { takeJson } from './http/take-json.ts'
import { maySeeTypes } from './limits/introspection.ts'
import { limitDocuments } from './limits/limit-documents.ts'
import { createLimitMeter } from './limits/limit-meter.ts'
import { defaultLimits, defaultRate, type Limits } from './limits/limits.ts'
import { createQuota } from './limits/quota.ts'
import { onlyPersisted as allowOnly } from './persisted/only-persisted.ts'
import { createPersistedDocuments, type PersistedOperations } from './persisted/persisted-documents.ts'
import { takeIds } from './persisted/take-ids.ts'
import { schema } from './schema/schema.ts'
import { createObserveOperation, type GraphQLOperation } from './telemetry/observe-operations.ts'
import { type GraphQLHandler, HandlerInternals } from './use/graphql-handler.ts'
import { nativeResponse } from './use/native-response.ts'
import { createTenantTurns } from './use/tenant-turns.ts'

export interface HandlerOptions {
  /** Path of the handler. @default '/graphql' */
  readonly path?: string
  /**
   * Authenticates requests. Without it, every client may do everything, as the tenant `default`. A refused request gets
   * 401 with UNAUTHENTICATED; a refused WebSocket is closed with 4403.
   */
  readonly authenticate?: Authenticate
  /**
   * Ties an authorization that `beginMcpAuth` begins without a redirect URI to the browser. The application's own route
   * then completes it, with the secret in the browser's cookie. Over WebSocket `beginMcpAuth` needs a redirect URI then.
   * @default such an authorization comes back to the registry's `oauth.callbackUrl`, and only its caller completes it
   */
  readonly bindBrowser?: BindBrowser
  /** Whether browsers get GraphiQL; its page loads nothing from other servers. @default true */
  readonly graphiql?: boolean
  /** Limits of clients; requests beyond them are refused with LIMIT_EXCEEDED or RATE_LIMITED. */
  readonly limits?: Partial<Limits>
  /**
   * Documents by the ids that clients may send instead, with or without the prefix `sha256:`. `createHandler` throws
   * TypeError if one does not parse. @default none
   */
  readonly persistedOperations?: PersistedOperations
  /**
   * Executes persisted documents only, sent by id or as text. Refuses others with OPERATION_NOT_PERSISTED, and serves no
   * GraphiQL. @default false
   */
  readonly onlyPersisted?: boolean
  /** Receives each error that a client sees as `Internal error` with this id. @default warns by `process.emitWarning` */
  readonly onError?: OnError
  /** Called at the end of every operation that is executed or refused, for the application's own metrics. */
  readonly onOperation?: (operation: GraphQLOperation) => void
}

export type { GraphQLHandler }

/** Reports an error that a client sees as `Internal error` as a warning of the process. */
function warn(error: unknown, id: string): void {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  process.emitWarning(`Internal error ${id}: ${text}`, 'ToolyardWarning')
}

const refuseBrokenJson: Plugin = {
  onRequestParse({ requestParser, setRequestParser }) {
    if (!requestParser) return
    setRequestParser(async (request) => {
      try {
        return await requestParser(request)
      } catch (error) {
        throw withoutJson(error)
      }
    })
  },
}

/**
 * Rewrites validation errors, the same over any transport: they quote no variable or literal. Callers with introspection
 * get the fragment that would select a missing field; others learn no type of the schema.
 */
const redactValidation = ({ introspection }: Limits): Plugin<Arrival> => ({
  onValidate({ context: { caller } }) {
    const isOpen = caller !== undefined && maySeeTypes(introspection, caller)
    const redact = (error: GraphQLError) => {
      const plain = withoutSuggestion(unquoteLiterals(error))
      return isOpen ? withFragmentHint(plain, schema) : plain
    }
    return ({ valid, result, setResult }) => {
      if (!valid) setResult(result.map((error) => (error instanceof GraphQLError ? redact(error) : error)))
    }
  },
})

/** Yoga's options that all handlers share. */
const yogaOptions = {
  schema,
  graphiql: false,
  landingPage: false,
  // A suffix that no URL has: with the default, yoga would answer every URL that ends in /health as a health check.
  healthCheckEndpoint: '\n',
  cors: false,
  multipart: false,
  batching: false,
  extraParamNames: ['documentId'],
  logging: false,
  parserAndValidationCache: true,
} satisfies YogaServerOptions<Arrival, Context>

/** Creates a fetch-style handler over `registry`: a `Request` in, a `Response` out. */
export function createHandler(registry: Registry, options: HandlerOptions = {}): GraphQLHandler {
  const { path = '/graphql', authenticate, graphiql = true, onError = warn, onOperation, bindBrowser } = options
  const { persistedOperations = {}, onlyPersisted = false } = options
  const { documents, resolveQuery } = createPersistedDocuments(persistedOperations)
  const mask = (error: unknown) => maskError(withoutArguments(error), onError)
  const limits = { ...defaultLimits, rate: authenticate ? defaultRate : null, ...options.limits }
  const meter = createLimitMeter(limits)
  const answers = createAnswers(meter)
  const admit = createAdmission({ meter, onError: mask })
  const subscriptions = createQuota<string>(limits.subscriptionsPerTenant)
  const { version } = registry.stats()
  const observe = createObserveOperation(onOperation, mask, version)
  const { caller: identify, operator: identifyOperator } = createIdentification(authenticate ?? (() => anonymous), mask)
  const fanOutSubscriptions = createFanOutSubscriptions({ admit, meter, answers, subscriptions, observe, mask })
  const yoga = createYoga<Arrival, Context>({
    ...yogaOptions,
    context({ caller, trace, exchange }) {
      // Never the anonymous caller instead: a transport that forgets to authenticate must not be open.
      if (!caller) throw new Error('expected a caller in the context of an operation')
      return createContext(registry, caller, trace, exchange, bindBrowser)
    },
    graphqlEndpoint: path,
    maxRequestBodySize: limits.maxRequestBytes,
    maskedErrors: { maskError: mask },
    plugins: [
      graphiql && !onlyPersisted ? showGraphiQL(path, authenticate !== undefined) : {},
      identifyRequests(identify),
      bindBrowser ? setCookies() : {},
      takeJson,
      refuseBrokenJson,
      takeIds(resolveQuery),
      limitDocuments(meter),
      onlyPersisted ? allowOnly(documents) : {},
      redactValidation(limits),
      postOnly,
      limitOperations({ admit, meter, answers, fanOutSubscriptions, observe }),
      endStreams,
      streamResults(meter),
    ],
  })
  const fastDeps = { yoga, resolveQuery, registry, bindBrowser, admit, meter, answers, observe, mask }
  const executeFast = createFastExecution(fastDeps)
  const internals = new HandlerInternals({
    yoga,
    identify,
    identifyOperator,
    resolveQuery,
    executeFast,
    takeTenantTurn: createTenantTurns(),
    meter,
    fanOutSubscriptions,
    mask,
  })
  const { refusals } = meter
  return Object.assign(async (request: Request) => nativeResponse(await yoga.fetch(request)), {
    subscriptions,
    refusals,
    internals,
  })
}
