import { setTimeout as delay } from 'node:timers/promises'
import type { Context as TraceContext } from '@opentelemetry/api'
import type { Registry } from '@toolyard/core'
import { parseExactJson } from '@toolyard/core/internal/exact-json'
import { isJsonObject } from '@toolyard/core/internal/json'
import { parseInPieces } from '@toolyard/core/internal/json-in-pieces'
import { type DocumentNode, type ExecutionResult, type GraphQLError, getOperationAST } from 'graphql'
import type { YogaServerInstance } from 'graphql-yoga'
import type { BindBrowser } from '../access/bind-browser.ts'
import type { Caller } from '../access/caller.ts'
import { asksServers } from '../access/root-scopes.ts'
import type { Arrival } from '../context/arrival.ts'
import { type Context, createContext, type Exchange } from '../context/context.ts'
import type { ReadyOperation } from '../context/ready-operation.ts'
import type { LimitMeter } from '../limits/limit-meter.ts'
import { withinTime } from '../limits/within-time.ts'
import type { DocumentParams, ResolveQuery } from '../persisted/persisted-documents.ts'
import { schema } from '../schema/schema.ts'
import type { ObserveOperation } from '../telemetry/observe-operations.ts'
import type { Admit } from './admit.ts'
import type { Answers } from './answers.ts'
import { executeOperation } from './execute-operation.ts'

interface Params extends DocumentParams {
  readonly operationName?: string | null
  readonly variables?: Readonly<Record<string, unknown>> | null
}

const members = ['query', 'operationName', 'variables', 'extensions', 'documentId']

function isParams(value: unknown): value is Readonly<Record<string, unknown>> & Params {
  if (!isJsonObject(value) || !Object.keys(value).every((name) => members.includes(name))) return false
  const { operationName, variables, extensions } = value
  return typeof (operationName ?? '') === 'string' && isJsonObject(variables ?? {}) && isJsonObject(extensions ?? {})
}

function attempt<Value>(make: () => Value): Value | undefined {
  try {
    return make()
  } catch {
    // Yoga, which answers such a request instead, reports the error.
    return undefined
  }
}

/** In slices of the event loop. */
async function parseLong(body: Buffer): Promise<unknown> {
  const options = {
    maxValues: body.length,
    maxDepth: maxBodyDepth,
    tooMany: () => new SyntaxError('too many values'),
    isExact: true,
  }
  try {
    const parsed = await parseInPieces(body, options)
    await parsed.fill(Number.POSITIVE_INFINITY)
    return parsed.value
  } catch (error) {
    // As above.
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/**
 * Executes the query or mutation of a JSON body. Returns undefined, with nothing executed, for every other body: one that
 * is not a GraphQL request, an invalid document, a subscription.
 */
export type ExecuteFast = (
  body: Buffer,
  caller: Caller,
  trace: TraceContext,
  exchange?: Exchange,
) => Promise<ExecutionResult | undefined>

export interface FastExecutionDeps {
  /** Parses and validates a document that is seen for the first time. */
  readonly yoga: YogaServerInstance<Arrival, Context>
  readonly resolveQuery: ResolveQuery
  readonly registry: Registry
  readonly bindBrowser: BindBrowser | undefined
  readonly admit: Admit
  readonly meter: LimitMeter
  readonly answers: Answers
  readonly observe: ObserveOperation
  readonly mask: (error: unknown) => GraphQLError
}

/** Most valid documents that are kept. */
const maxDocuments = 1_000
/** Delay of a refusal for rate, in ms: it slows down clients that ignore Retry-After. */
const refusalMs = 250
const isRateLimited = ({ extensions }: GraphQLError) => extensions.code === 'RATE_LIMITED'
/** Longest body that is parsed in one piece, in bytes: longer ones yield to the event loop. */
const longBody = 65_536
/** Deepest nesting of a body: far beyond the depth that args and inputs may have. */
const maxBodyDepth = 1_000

class FastExecutor {
  readonly #deps: FastExecutionDeps
  readonly #validDocuments = new Map<string, DocumentNode>()

  constructor(deps: FastExecutionDeps) {
    this.#deps = deps
  }

  async execute(
    body: Buffer,
    caller: Caller,
    trace: TraceContext,
    exchange: Exchange | undefined,
  ): Promise<ExecutionResult | undefined> {
    const { resolveQuery, registry, bindBrowser, observe } = this.#deps
    const params = body.length > longBody ? await parseLong(body) : attempt(() => parseExactJson(body.toString()))
    if (!isParams(params)) return undefined
    const query = resolveQuery(params)
    const document = typeof query === 'string' ? this.#documentOf(query) : undefined
    const { operation } = (document && getOperationAST(document, params.operationName)) ?? {}
    if (!document || operation === undefined || operation === 'subscription') return undefined
    const { operationName = null } = params
    const variableValues = params.variables ?? {}
    const context = createContext(registry, caller, trace, exchange, bindBrowser)
    const ready = { schema, document, operationName, variableValues, context }
    const observation = observe(ready)
    const result = await observation.within(() => this.#executeReady(ready, operation === 'query'))
    observation.end(result.errors)
    return result
  }

  #documentOf(query: string): DocumentNode | undefined {
    const known = this.#validDocuments.get(query)
    if (known) return known
    const { parse, validate } = this.#deps.yoga.getEnveloped({})
    const document: DocumentNode | undefined = attempt(() => parse(query))
    if (!document || validate(schema, document).length > 0) return undefined
    // Cleared as a whole: yoga caches the latest documents.
    if (this.#validDocuments.size >= maxDocuments) this.#validDocuments.clear()
    this.#validDocuments.set(query, document)
    return document
  }

  async #executeReady(ready: ReadyOperation, isQuery: boolean): Promise<ExecutionResult> {
    const { admit, meter, answers, mask } = this.#deps
    const { context } = ready
    try {
      const errors = admit(ready)
      if (errors.length > 0) {
        if (errors.some(isRateLimited)) {
          // Rejects when the client disconnects, which ends the wait.
          await delay(refusalMs, undefined, { signal: context.exchange.signal }).catch(() => undefined)
        }
        return { errors }
      }
      // As in limit-operations.ts.
      const asks = asksServers(ready.document, ready.operationName)
      const mayBeLong = isQuery && context.usage.isLong === true && !asks
      const result = await withinTime(
        meter,
        answers.within(context, mayBeLong, () => executeDocument(ready)),
      )
      const extensions = { ...result.extensions, cost: context.usage.cost }
      return { ...result, ...(result.errors ? { errors: result.errors.map(mask) } : {}), extensions }
    } catch (error) {
      return { errors: [mask(error)] }
    }
  }
}

function executeDocument({ document, operationName = null, variableValues, context }: ReadyOperation) {
  return executeOperation({ schema, document, operationName, variableValues, contextValue: context })
}

/** Does the work of yoga after it has read a request, without its plugin hooks, which cost more than a small query. */
export function createFastExecution(deps: FastExecutionDeps): ExecuteFast {
  const executor = new FastExecutor(deps)
  return (body, caller, trace, exchange) => executor.execute(body, caller, trace, exchange)
}
