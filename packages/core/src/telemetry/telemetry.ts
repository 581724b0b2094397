import type { RegistryError } from '../base/errors.ts'
import { type Scrub, scrubNothing } from '../secrets/scrub.ts'
import { createInstruments } from './instruments.ts'
import { type JobFacts, type JobTrace, startJobTrace } from './job-trace.ts'
import type { RegistryObserver } from './observer.ts'
import { type Operation, type OperationStart, startOperation } from './operation.ts'
import type { Peer } from './peer.ts'
import type { ResolvedTelemetryOptions } from './telemetry-options.ts'

/** What a registry tells of what it does: to OpenTelemetry, and to its observer. Nothing of it fails what it tells of. */
export interface Telemetry {
  /** An MCP request, as part of what is active when it is made; `scrub` knows the secrets of its session. */
  operation(start: OperationStart, scrub?: Scrub): Operation
  /** A job, as part of what is active when it is asked for. */
  job(facts: JobFacts): JobTrace
  /** A session was opened; answers what is called at its end. */
  session(peer: Peer, protocolVersion: string): (error: RegistryError | undefined) => void
  /** Undefined where nobody listens. */
  readonly onEventsRead: ((lagMs: number) => void) | undefined
}

export interface TelemetryParts {
  readonly options: ResolvedTelemetryOptions
  readonly observer: RegistryObserver
  readonly version: string
  readonly onError: (error: unknown) => void
}

export function createTelemetry({ options, observer, version, onError }: TelemetryParts): Telemetry {
  const instruments = createInstruments(options, version)
  const { captureContent } = options
  const { tracer, sessions } = instruments

  /** What an observer throws must not become the fault of what it was told of. */
  function safely<Event>(listener: ((event: Event) => void) | undefined): ((event: Event) => void) | undefined {
    if (!listener) return undefined
    return (event) => {
      try {
        listener(event)
      } catch (error) {
        onError(error)
      }
    }
  }
  const onOperation = safely(observer.onOperation?.bind(observer))
  const onJobEnded = safely(observer.onJobEnded?.bind(observer))

  return {
    operation: (start, scrub = scrubNothing) =>
      startOperation(start, { ...instruments, captureContent, scrub, onOperation }),
    job: (facts) => startJobTrace(facts, { tracer, onJobEnded }),
    session({ attributes }, protocolVersion) {
      if (!sessions) return () => undefined
      const openedAt = performance.now()
      return (error) =>
        sessions.record((performance.now() - openedAt) / 1_000, {
          ...attributes,
          'mcp.protocol.version': protocolVersion,
          ...(error ? { 'error.type': error.code } : {}),
        })
    },
    onEventsRead: safely(observer.onEventsRead?.bind(observer)),
  }
}
