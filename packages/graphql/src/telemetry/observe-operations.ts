import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { isRegistryError } from '@toolyard/core'
import { GraphQLError, getOperationAST, type OperationTypeNode } from 'graphql'
import type { ReadyOperation } from '../context/ready-operation.ts'

/** A GraphQL operation that has ended; for a subscription, the opening of its stream. */
export interface GraphQLOperation {
  readonly type: `${OperationTypeNode}`
  /** Name that the client chose, untrusted; null if the operation has none. */
  readonly name: string | null
  readonly durationMs: number
  /** Whether the answer contains errors. */
  readonly hasErrors: boolean
}

/** The observation of one operation. */
export interface Observation {
  /** Runs `execute` as part of the request's trace. */
  within<T>(execute: () => T): T
  /** Ends the observation, once, with the errors of the answer. */
  end(errors: readonly unknown[] | undefined): void
}

export type ObserveOperation = (operation: ReadyOperation) => Observation

/** Whether a client sees the error as `Internal error`, before or after it is masked. */
function isInternal(error: unknown): boolean {
  if (!(error instanceof GraphQLError)) return !isRegistryError(error)
  const { originalError, extensions } = error
  if (extensions.code === 'INTERNAL') return true
  return originalError !== undefined && !(originalError instanceof GraphQLError) && !isRegistryError(originalError)
}

/**
 * Gives each operation a span of kind SERVER, by the conventions for GraphQL, and calls `onOperation` at its end.
 * Passes errors of that hook to `onError`.
 */
export function createObserveOperation(
  onOperation: ((operation: GraphQLOperation) => void) | undefined,
  onError: (error: unknown) => void,
  version: string,
): ObserveOperation {
  const tracer = trace.getTracer('@toolyard/graphql', version)
  return ({ document, operationName, context: { trace: parent } }) => {
    const operation = getOperationAST(document, operationName)
    const type = operation?.operation ?? 'query'
    const name = operation?.name?.value ?? null
    // Without the operation's name, which clients choose: span names must stay few.
    const span = tracer.startSpan(type, { kind: SpanKind.SERVER }, parent)
    // Without an SDK no span has a context of its own.
    const active = trace.isSpanContextValid(span.spanContext()) ? trace.setSpan(parent, span) : parent
    const startedAt = performance.now()
    return {
      within: (execute) => context.with(active, execute),
      end(errors = []) {
        if (span.isRecording()) {
          span.setAttribute('graphql.operation.type', type)
          if (name !== null) span.setAttribute('graphql.operation.name', name.slice(0, 200))
          if (errors.some(isInternal)) {
            span.setAttribute('error.type', 'INTERNAL')
            span.setStatus({ code: SpanStatusCode.ERROR })
          }
        }
        span.end()
        if (!onOperation) return
        try {
          onOperation({ type, name, durationMs: performance.now() - startedAt, hasErrors: errors.length > 0 })
        } catch (error) {
          onError(error)
        }
      },
    }
  }
}
