import { type Attributes, context, isSpanContextValid, SpanStatusCode, trace } from '@opentelemetry/api'
import type { JobError } from '../base/errors.ts'
import type { EndedJobStatus } from '../model/events.ts'
import { activate, within } from './active-span.ts'
import type { Instruments } from './instruments.ts'
import type { EndedJob } from './observer.ts'

export type JobFacts = Pick<EndedJob, 'kind' | 'id' | 'tenantId' | 'serverId' | 'serverName' | 'toolName'>

/**
 * Traces a job from its creation to its end, around its MCP requests. A refresh, which makes many, is a span. A run is a span
 * only if it is part of no trace yet; otherwise its call is the span to look at.
 */
export interface JobTrace {
  readonly traceId: string | null
  /** Runs `work` with the span of the job as the active one. */
  within<T>(work: () => T): T
  /** Ends the trace of a job whose end is stored. */
  ended(status: EndedJobStatus, error: Pick<JobError, 'code'> | null): void
  /** Ends the span of a run that waits: no process holds anything for it. It goes on in a trace of its own. */
  paused(): void
  /** Ends the trace of a job whose end could not be stored by this node. */
  lost(error: unknown): void
}

export interface JobTraceDeps {
  readonly tracerIn: Instruments['tracerIn']
  /** Undefined without an observer. */
  readonly onJobEnded: ((job: EndedJob) => void) | undefined
}

function attributesOf({ kind, id, tenantId, serverId, serverName, toolName }: JobFacts): Attributes {
  return {
    [kind === 'RUN' ? 'toolyard.run.id' : 'toolyard.refresh.id']: id,
    'toolyard.tenant': tenantId,
    'toolyard.server.id': serverId,
    'toolyard.server.name': serverName,
    ...(toolName === null ? {} : { 'toolyard.tool.name': toolName }),
  }
}

/** The trace of jobs that nothing observes. */
const untraced: JobTrace = {
  traceId: null,
  within: (work) => work(),
  ended: () => undefined,
  paused: () => undefined,
  lost: () => undefined,
}

/** `createdAt`: when the job was created, in epoch ms, if that was before its trace begins. */
export function startJobTrace(facts: JobFacts, { tracerIn, onJobEnded }: JobTraceDeps, createdAt?: number): JobTrace {
  const parent = context.active()
  const tracer = tracerIn(parent)
  if (!tracer && !onJobEnded) return untraced
  const outer = tracer && trace.getSpanContext(parent)
  const isPart = facts.kind === 'RUN' && outer !== undefined && isSpanContextValid(outer)
  const name = facts.toolName === null ? 'refresh' : `run ${facts.toolName}`
  const span = isPart ? undefined : tracer?.startSpan(name, {}, parent)
  const active = activate(span, parent)
  const traceId = (isPart ? outer.traceId : active?.traceId) ?? null
  const startedAt = performance.now()

  function endSpan(errorType: string | undefined, status?: EndedJobStatus): void {
    if (span?.isRecording()) {
      span.setAttributes({ ...attributesOf(facts), ...(status ? { 'toolyard.job.status': status } : {}) })
      if (errorType !== undefined) {
        span.setAttribute('error.type', errorType)
        span.setStatus({ code: SpanStatusCode.ERROR })
      }
    }
    span?.end()
  }

  return {
    traceId,
    within: (work) => within(active, work),
    ended(status, error) {
      // A tool that answers with `isError` fails its run without an error code.
      endSpan(status === 'SUCCEEDED' ? undefined : (error?.code ?? 'tool_error'), status)
      const durationMs = createdAt === undefined ? performance.now() - startedAt : Date.now() - createdAt
      onJobEnded?.({ ...facts, status, errorCode: error?.code ?? null, durationMs, traceId })
    },
    paused: () => endSpan(undefined),
    lost(error) {
      const isCoded = error instanceof Error && 'code' in error && typeof error.code === 'string'
      endSpan(isCoded ? String(error.code) : 'INTERNAL')
    },
  }
}
