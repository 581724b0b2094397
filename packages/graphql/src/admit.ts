import { createTokenBuckets } from '@toolyard/core/budgets/token-buckets'
import { type DocumentNode, type ExecutionArgs, GraphQLError, type GraphQLSchema } from 'graphql'
import { checkScopes, rootFieldsOf } from './access/root-scopes.ts'
import { checkVariables } from './check-variables.ts'
import type { Context } from './context.ts'
import { checkIntrospection } from './limits/introspection.ts'
import type { Limits } from './limits/limits.ts'
import { operationCost } from './limits/operation-cost.ts'

/** An operation that is parsed and validated, and about to be executed. */
export interface ReadyOperation {
  readonly schema: GraphQLSchema
  readonly document: DocumentNode
  readonly operationName: string | null | undefined
  readonly variableValues: Readonly<Record<string, unknown>>
  readonly context: Context
}

/** Asked once before an operation is executed, over every transport: what speaks against it; nothing of it is executed then. */
export type Admit = (operation: ReadyOperation) => readonly GraphQLError[]

/** The operation of GraphQL's own arguments. */
export function readyOperation(args: ExecutionArgs): ReadyOperation {
  const { schema, document, operationName, variableValues, contextValue } = args
  // Made by the handler's own context factory.
  return { schema, document, operationName, variableValues: variableValues ?? {}, context: contextValue as Context }
}

/** What it costs to be refused, and written down. */
const refusalCost = 100

interface AdmissionOptions {
  readonly limits: Limits
  /** Hears of a refusal that could not be put on record. */
  readonly onError: (error: unknown) => void
}

export function createAdmission({ limits, onError }: AdmissionOptions): Admit {
  const { maxCost, rate, introspection } = limits
  const buckets = rate && createTokenBuckets(rate)

  function record({ document, operationName, context }: ReadyOperation): void {
    const { caller, registry } = context
    const fields = rootFieldsOf(document, operationName)
    registry.audit.record({ action: 'OPERATION', actor: caller.id, refusedWith: 'FORBIDDEN', fields }).catch(onError)
  }

  /** Speaks against whoever has asked for too much lately. */
  function charge({ usage, caller }: Context): GraphQLError[] {
    if (!buckets) return []
    // Ids of keys are of their tenant's making.
    const key = `${caller.tenant} ${caller.id}`
    const refused = buckets.take(key, usage.cost)
    usage.level = () => buckets.level(key)
    return refused ? [rateLimited(refused.retryAfterMs)] : []
  }

  function checkCost({ schema, document, operationName, variableValues, context }: ReadyOperation): GraphQLError[] {
    const { usage } = context
    usage.cost = operationCost(schema, document, operationName, variableValues)
    return usage.cost > maxCost ? [tooCostly(usage.cost, maxCost)] : charge(context)
  }

  return (operation) => {
    const { schema, document, operationName, variableValues, context } = operation
    const forbidden = [
      ...checkScopes(context.caller, document, operationName),
      ...checkIntrospection(introspection, context.caller, document, operationName),
    ]
    if (forbidden.length > 0) {
      // Each one is written down: who asks for nothing else must not fill the disk.
      context.usage.cost = refusalCost
      const limited = charge(context)
      if (limited.length > 0) return limited
      record(operation)
      return forbidden
    }
    const faults = checkVariables(schema, document, operationName, variableValues)
    return faults.length > 0 ? faults : checkCost(operation)
  }
}

function tooCostly(cost: number, maxCost: number): GraphQLError {
  const message = `The operation is too large: expected a cost of at most ${maxCost}, got ${cost}; ask for smaller pages, or for less of each item`
  return new GraphQLError(message, { extensions: { code: 'LIMIT_EXCEEDED', cost, http: { status: 400 } } })
}

function rateLimited(retryAfterMs: number): GraphQLError {
  const seconds = Math.ceil(retryAfterMs / 1_000)
  return new GraphQLError(`Too much in too short a time: try again in ${seconds} s`, {
    extensions: {
      code: 'RATE_LIMITED',
      retryAfterMs,
      http: { status: 429, headers: { 'Retry-After': String(seconds) } },
    },
  })
}
