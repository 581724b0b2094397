import { createTokenBuckets } from '@toolyard/core/internal/token-buckets'
import type { GraphQLError } from 'graphql'
import { checkScopes, rootFieldsOf } from '../access/root-scopes.ts'
import type { Context } from '../context/context.ts'
import type { ReadyOperation } from '../context/ready-operation.ts'
import { checkIntrospection } from '../limits/introspection.ts'
import type { LimitMeter, LimitName } from '../limits/limit-meter.ts'
import { operationCost } from '../limits/operation-cost.ts'
import { checkVariables } from './check-variables.ts'

/** Checks an operation before it is executed, over every transport. Returns the errors that refuse it as a whole. */
export type Admit = (operation: ReadyOperation) => readonly GraphQLError[]

/** Cost of an operation that is refused: its refusal is recorded in the audit log. */
const refusalCost = 100
/** Bytes of a long answer that cost 1. */
const bytesPerCost = 1_024

interface AdmissionDeps {
  readonly meter: LimitMeter
  /** Receives the error of a refusal that could not be recorded. */
  readonly onError: (error: unknown) => void
}

export function createAdmission({ meter, onError }: AdmissionDeps): Admit {
  const { maxCost, maxListFields, rate, introspection } = meter.limits
  const buckets = rate && createTokenBuckets(rate)

  function record({ document, operationName, context }: ReadyOperation): void {
    const { caller, registry } = context
    const fields = rootFieldsOf(document, operationName)
    registry.audit.record({ action: 'OPERATION', actor: caller.id, refusedWith: 'FORBIDDEN', fields }).catch(onError)
  }

  /** Charges the operation, and refuses it if the caller has exceeded its rate. */
  function charge({ usage, caller }: Context): GraphQLError[] {
    if (!buckets) return []
    // Key ids are unique within a tenant only.
    const key = `${caller.tenant} ${caller.id}`
    const refused = buckets.take(key, usage.cost)
    usage.level = () => buckets.level(key)
    usage.chargeRefusal = () => buckets.charge(key, refusalCost)
    usage.charge = (bytes) => {
      // The operation is done; a caller in debt waits before its next one.
      const beyond = Math.floor(bytes / bytesPerCost) - usage.cost
      if (beyond <= 0) return
      usage.cost += beyond
      buckets.charge(key, beyond)
    }
    return refused ? [rateLimited(meter, 'rate', refused.retryAfterMs)] : []
  }

  function checkCost({ schema, document, operationName, variableValues, context }: ReadyOperation): GraphQLError[] {
    const { usage } = context
    const { cost, isLong } = operationCost(schema, document, operationName, variableValues)
    usage.cost = cost
    usage.isLong = isLong
    let listFields = 0
    usage.onList = (fields) => {
      listFields += fields
      if (listFields > maxListFields) throw tooManyListFields(meter, listFields)
    }
    return cost > maxCost ? [tooCostly(meter, cost)] : charge(context)
  }

  return (operation) => {
    const { schema, document, operationName, variableValues, context } = operation
    const forbidden = [
      ...checkScopes(context.caller, document, operationName),
      ...checkIntrospection(introspection, context.caller, document, operationName),
    ]
    if (forbidden.length > 0) {
      // Each refusal is recorded, and so charged: a caller that sends nothing else must not overload the node.
      context.usage.cost = refusalCost
      const limited = charge(context)
      if (limited.length > 0) return limited
      record(operation)
      return forbidden
    }
    const errors = checkVariables(schema, document, operationName, variableValues)
    return errors.length > 0 ? errors : checkCost(operation)
  }
}

function tooCostly({ atMost, exceeded }: LimitMeter, cost: number): GraphQLError {
  const message = `The operation is too large: expected a cost of ${atMost('maxCost')}, got ${cost}; ask for smaller pages, or for less of each item`
  return exceeded('maxCost', message, { cost, http: { status: 400 } })
}

function tooManyListFields({ atMost, exceeded }: LimitMeter, got: number): GraphQLError {
  const message = `The answer has lists that are too long: expected ${atMost('maxListFields', 'fields')} of lists without pages, got ${got}; ask for less of each item`
  return exceeded('maxListFields', message)
}

/** Counts the refusal and returns its error, which says when to retry. */
export function rateLimited({ exceeded }: LimitMeter, name: LimitName, retryAfterMs: number): GraphQLError {
  const seconds = Math.ceil(retryAfterMs / 1_000)
  const message = `Rate limit exceeded (${name}): try again in ${seconds} s`
  const http = { status: 429, headers: { 'Retry-After': String(seconds) } }
  return exceeded(name, message, { code: 'RATE_LIMITED', retryAfterMs, http })
}
