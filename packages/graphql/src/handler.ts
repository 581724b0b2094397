import type { Registry } from '@toolyard/core'
import { GraphQLError } from 'graphql'
import { createYoga, type Plugin, type YogaServerOptions } from 'graphql-yoga'
import { type Authenticate, createIdentification } from './access/authenticate.ts'
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
import { streamResults } from './http/stream-results.ts'
import { takeJson } from './http/take-json.ts'
import { maySeeTypes } from './limits/introspection.ts'
import { limitDocuments } from './limits/limit-documents.ts'
import { createLimitMeter } from './limits/limit-meter.ts'
import { defaultLimits, defaultRate, type Limits } from './limits/limits.ts'
import { createSlots } from './limits/subscription-slots.ts'
import { onlyPersisted as refuseOthers } from './persisted/only-persisted.ts'
import { createPersistedDocuments, type PersistedOperations } from './persisted/persisted-documents.ts'
import { takeIds } from './persisted/take-ids.ts'
import { schema } from './schema/schema.ts'
import { createObserveOperation, type GraphQLOperation } from './telemetry/observe-operations.ts'
import { type GraphQLHandler, HandlerInternals } from './use/graphql-handler.ts'
import { createTenantTurns } from './use/tenant-turns.ts'

export interface HandlerOptions {
  /** Where the handler is mounted. @default '/graphql' */
  readonly path?: string
  /**
   * Who asks. Without it nobody is asked: whoever reaches the handler may do anything, as the tenant `default`. Whoever
   * is refused gets 401 with UNAUTHENTICATED; over WebSocket the socket is closed with 4403.
   */
  readonly authenticate?: Authenticate
  /** Whether a browser gets GraphiQL; its page needs nothing from elsewhere. @default true */
  readonly graphiql?: boolean
  /** What one client may ask for; what is beyond it is refused with LIMIT_EXCEEDED or RATE_LIMITED. */
  readonly limits?: Partial<Limits>
  /**
   * Documents by the ids that clients may send in their place, `sha256:` before one or not. createHandler throws TypeError
   * where one does not parse. @default none
   */
  readonly persistedOperations?: PersistedOperations
  /**
   * Executes no document but those, sent by id or as text; others are refused with OPERATION_NOT_PERSISTED, and there is
   * no GraphiQL. @default false
   */
  readonly onlyPersisted?: boolean
  /** Receives each error that a client sees as `Internal error` with this id. @default warns by `process.emitWarning` */
  readonly onError?: OnError
  /** Hears of the end of every operation that is executed or refused, for metrics of one's own. @default nobody */
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
 * Errors of validation, the same over any transport: no variable or literal is quoted. A type of the schema is named only
 * to callers who may ask for the types, and then as the fragment that would select the field.
 */
const sayNoMore = ({ introspection }: Limits): Plugin<Arrival> => ({
  onValidate({ context: { caller } }) {
    const isOpen = caller !== undefined && maySeeTypes(introspection, caller)
    const said = (error: GraphQLError) => {
      const plain = withoutSuggestion(unquoteLiterals(error))
      return isOpen ? withFragmentHint(plain, schema) : plain
    }
    return ({ valid, result, setResult }) => {
      if (!valid) setResult(result.map((error) => (error instanceof GraphQLError ? said(error) : error)))
    }
  },
})

/** What every handler asks of yoga. */
const yogaOptions = {
  schema,
  graphiql: false,
  landingPage: false,
  // Off, as no URL ends so: yoga would take every request for a health check whose URL ends in /health.
  healthCheckEndpoint: '\n',
  cors: false,
  multipart: false,
  batching: false,
  extraParamNames: ['documentId'],
  logging: false,
  parserAndValidationCache: true,
} satisfies YogaServerOptions<Arrival, Context>

/** A fetch-style handler over `registry`: a `Request` in, a `Response` out. */
export function createHandler(registry: Registry, options: HandlerOptions = {}): GraphQLHandler {
  const { path = '/graphql', authenticate, graphiql = true, onError = warn, onOperation } = options
  const { persistedOperations = {}, onlyPersisted = false } = options
  const { documents, resolveQuery } = createPersistedDocuments(persistedOperations)
  const mask = (error: unknown) => maskError(withoutArguments(error), onError)
  const limits = { ...defaultLimits, rate: authenticate ? defaultRate : null, ...options.limits }
  const meter = createLimitMeter(limits)
  const answers = createAnswers(meter)
  const admit = createAdmission({ meter, onError: mask })
  const subscriptions = createSlots<string>(limits.subscriptionsPerTenant)
  const { version } = registry.stats()
  const observe = createObserveOperation(onOperation, mask, version)
  const { caller: identify, operator: identifyOperator } = createIdentification(authenticate ?? (() => anonymous), mask)
  const fanOutSubscriptions = createFanOutSubscriptions({ admit, meter, answers, subscriptions, observe, mask })
  const yoga = createYoga<Arrival, Context>({
    ...yogaOptions,
    context({ caller, trace, exchange }) {
      // Never the anonymous caller instead: a transport that forgets to authenticate must not be open.
      if (!caller) throw new Error('expected a caller in the context of an operation')
      return createContext(registry, caller, trace, exchange)
    },
    graphqlEndpoint: path,
    maxRequestBodySize: limits.maxRequestBytes,
    maskedErrors: { maskError: mask },
    plugins: [
      graphiql && !onlyPersisted ? showGraphiQL(path, authenticate !== undefined) : {},
      identifyRequests(identify),
      takeJson,
      refuseBrokenJson,
      takeIds(resolveQuery),
      limitDocuments(meter),
      onlyPersisted ? refuseOthers(documents) : {},
      sayNoMore(limits),
      limitOperations({ admit, meter, answers, fanOutSubscriptions, observe }),
      endStreams,
      streamResults(meter),
    ],
  })
  const executeFast = createFastExecution({ yoga, resolveQuery, registry, admit, meter, answers, observe, mask })
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
  return Object.assign(async (request: Request) => yoga.fetch(request), { subscriptions, refusals, internals })
}
