import type { RegistryError } from '../base/errors.ts'
import { type Scrub, scrubNothing } from '../secrets/scrub.ts'
import { createInstruments } from './instruments.ts'
import { type JobFacts, type JobTrace, startJobTrace } from './job-trace.ts'
import type { RegistryObserver, TokenRenewal } from './observer.ts'
import { type Operation, type OperationStart, startOperation } from './operation.ts'
import type { Peer } from './peer.ts'
import type { ResolvedTelemetryOptions } from './telemetry-options.ts'

/** Reports what a registry does to OpenTelemetry and to its observer. A failure to report never fails the work. */
export interface Telemetry {
  /** Begins an MCP request within the active span; `scrub` knows the secrets of its session. */
  operation(start: OperationStart, scrub?: Scrub): Operation
  /** Begins the trace of a job within the active span. `createdAt`: when it was created, in epoch ms, if not now. */
  job(facts: JobFacts, createdAt?: number): JobTrace
  /** Begins a session; answers the function to call at its end. */
  session(peer: Peer, protocolVersion: string): (error: RegistryError | undefined) => void
  /** Undefined without an observer, as `onEventsRead`. */
  readonly onTokensRenewed: ((renewal: TokenRenewal) => void) | undefined
  readonly onEventsRead: ((lagMs: number) => void) | undefined
}

export interface TelemetryDeps {
  readonly options: ResolvedTelemetryOptions
  readonly observer: RegistryObserver
  readonly version: string
  readonly onError: (error: unknown) => void
}

export function createTelemetry({ options, observer, version, onError }: TelemetryDeps): Telemetry {
  const instruments = createInstruments(options, version)
  const { captureContent } = options
  const { tracerIn, sessions } = instruments

  /** Reports what a listener throws, which must not fail the work that it observes. */
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

  const operationDeps = { ...instruments, captureContent, onOperation }
  const jobDeps = { tracerIn, onJobEnded }

  return {
    operation: (start, scrub = scrubNothing) => startOperation(start, operationDeps, scrub),
    job: (facts, createdAt) => startJobTrace(facts, jobDeps, createdAt),
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
    onTokensRenewed: safely(observer.onTokensRenewed?.bind(observer)),
    onEventsRead: safely(observer.onEventsRead?.bind(observer)),
  }
}
