import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { isRegistryError } from '@toolyard/core'
import { GraphQLError, getOperationAST, type OperationTypeNode } from 'graphql'
import type { ReadyOperation } from '../context/ready-operation.ts'

/** A GraphQL operation that has ended; a subscription, that its stream was opened. */
export interface GraphQLOperation {
  readonly type: `${OperationTypeNode}`
  /** As the client calls it, who may call it anything; null where it has no name. */
  readonly name: string | null
  readonly durationMs: number
  /** Whether the answer has errors. */
  readonly hasErrors: boolean
}

/** An operation while it goes on. */
export interface Observation {
  /** Runs `execute` as part of the trace of whoever asks. */
  within<T>(execute: () => T): T
  /** Once; with the errors of the answer. */
  end(errors: readonly unknown[] | undefined): void
}

export type ObserveOperation = (operation: ReadyOperation) => Observation

/** What a client is shown as `Internal error`, before or after it is masked. */
function isInternal(error: unknown): boolean {
  if (!(error instanceof GraphQLError)) return !isRegistryError(error)
  const { originalError, extensions } = error
  if (extensions.code === 'INTERNAL') return true
  return originalError !== undefined && !(originalError instanceof GraphQLError) && !isRegistryError(originalError)
}

/**
 * Gives each operation a span of kind SERVER, by the conventions for GraphQL, and tells `onOperation` of its end. What
 * that throws goes to `onError`.
 */
export function createObserveOperation(
  onOperation: ((operation: GraphQLOperation) => void) | undefined,
  onError: (error: unknown) => void,
  version: string,
): ObserveOperation {
  const tracer = trace.getTracer('@toolyard/graphql', version)
  return ({ document, operationName, context: asked }) => {
    const operation = getOperationAST(document, operationName)
    const type = operation?.operation ?? 'query'
    const name = operation?.name?.value ?? null
    // Not its name, which clients make up: it would be a name of a span for each.
    const span = tracer.startSpan(type, { kind: SpanKind.SERVER }, asked.trace)
    const active = trace.setSpan(asked.trace, span)
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
