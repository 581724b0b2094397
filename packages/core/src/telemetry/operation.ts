import { type Attributes, type Context, context, type Span, SpanKind, SpanStatusCode } from '@opentelemetry/api'
import { headOf } from '../base/cut-text.ts'
import type { RegistryError } from '../base/errors.ts'
import type { RunId } from '../base/ids.ts'
import { type JsonObject, jsonHead } from '../base/json.ts'
import type { Scrub } from '../secrets/scrub.ts'
import { type ActiveSpan, activate, carrierOf, within } from './active-span.ts'
import type { Instruments } from './instruments.ts'
import type { McpOperation } from './observer.ts'
import type { Peer } from './peer.ts'

/** Characters of args or a result in a span. */
const maxContentLength = 32_768
/** Characters of a URI in a span: it has no other bound. */
const maxUriLength = 2_048

/** What is asked of a server. */
export interface OperationOf {
  readonly method: McpOperation['method']
  /** The tool of `tools/call`. */
  readonly toolName?: string
  /** The prompt of `prompts/get`. */
  readonly promptName?: string
  /** The resource of `resources/read`, `resources/subscribe` and `resources/unsubscribe`. */
  readonly uri?: string
}

export interface OperationStart extends OperationOf {
  readonly peer: Peer
}

export interface OperationEnd {
  /** Scrubbed of secrets. */
  readonly error?: RegistryError | undefined
  /** The tool answered with `isError`. */
  readonly isToolError?: boolean
  readonly protocolVersion?: string | undefined
  /** Scrubbed of secrets; called only if there is a span. */
  readonly sessionId?: (() => string | undefined) | undefined
  /** The run that made the call. */
  readonly runId?: RunId
  /** The args, if they may be captured. */
  readonly args?: JsonObject | undefined
  /** The result, if it may be captured. */
  readonly result?: JsonObject | undefined
}

/** An MCP request from before it is sent to its end, retries included. */
export interface Operation {
  readonly method: McpOperation['method']
  /** False: what is told at its end goes nowhere. */
  readonly isMeasured: boolean
  /** Runs `send` with the span of the operation as the active one. */
  within<T>(send: () => T): T
  /** Fields for the `_meta` of the request. */
  readonly carrier: Readonly<Record<string, string>> | undefined
  /** Records the id under which the request is sent. */
  sentAs(id: string | number): void
  end(end: OperationEnd): void
}

export interface OperationDeps extends Instruments {
  readonly captureContent: boolean
  /** Undefined without an observer. */
  readonly onOperation: ((operation: McpOperation) => void) | undefined
}

class UnmeasuredOperation implements Operation {
  readonly method: McpOperation['method']
  readonly isMeasured = false
  readonly carrier = undefined

  constructor(method: McpOperation['method']) {
    this.method = method
  }

  within<T>(send: () => T): T {
    return send()
  }

  sentAs(): void {
    // Nothing has its id.
  }

  end(): void {
    // Nothing has its end.
  }
}

/** Made once for each method: there is nothing that one of them would have for itself. */
const unmeasured = new Map<McpOperation['method'], Operation>()

function unmeasuredOf(method: McpOperation['method']): Operation {
  const known = unmeasured.get(method)
  if (known) return known
  const operation = new UnmeasuredOperation(method)
  unmeasured.set(method, operation)
  return operation
}

function errorTypeOf({ error, isToolError }: OperationEnd): string | null {
  const { jsonRpcCode } = error?.details ?? {}
  if (jsonRpcCode !== undefined) return String(jsonRpcCode)
  return error?.code ?? (isToolError ? 'tool_error' : null)
}

/** `scrub` knows the secrets of the session. */
export function startOperation(start: OperationStart, deps: OperationDeps, scrub: Scrub): Operation {
  const { tracerIn, operations, onOperation } = deps
  const { method, toolName, promptName } = start
  const parent = context.active()
  const tracer = tracerIn(parent)
  if (!tracer && !operations && !onOperation) return unmeasuredOf(method)
  const target = toolName ?? promptName
  const name = target === undefined ? method : `${method} ${target}`
  const span = tracer?.startSpan(name, { kind: SpanKind.CLIENT }, parent)
  const active = activate(span, parent)
  if (!active && !operations && !onOperation) return unmeasuredOf(method)
  return new MeasuredOperation(start, deps, scrub, { parent, span, active })
}

interface OperationSpan {
  readonly parent: Context
  readonly span: Span | undefined
  readonly active: ActiveSpan | undefined
}

class MeasuredOperation implements Operation {
  readonly method: McpOperation['method']
  readonly isMeasured = true
  readonly carrier: Operation['carrier']
  readonly #start: OperationStart
  readonly #deps: OperationDeps
  readonly #scrub: Scrub
  readonly #trace: OperationSpan
  readonly #startedAt = performance.now()
  #requestId: string | number | undefined

  constructor(start: OperationStart, deps: OperationDeps, scrub: Scrub, trace: OperationSpan) {
    this.method = start.method
    this.#start = start
    this.#deps = deps
    this.#scrub = scrub
    this.#trace = trace
    this.carrier = carrierOf(trace.active)
  }

  within<T>(send: () => T): T {
    return within(this.#trace.active, send)
  }

  sentAs(id: string | number): void {
    this.#requestId = id
  }

  end(end: OperationEnd): void {
    const { method, peer, toolName = null } = this.#start
    const { operations, onOperation } = this.#deps
    const { span, active, parent } = this.#trace
    const durationMs = performance.now() - this.#startedAt
    const errorType = errorTypeOf(end)
    const isRecording = span?.isRecording() === true
    if (isRecording || operations) {
      const attributes = sharedAttributes(this.#start, end, errorType)
      operations?.record(durationMs / 1_000, attributes, active?.context ?? parent)
      if (isRecording) {
        span.setAttributes(attributes)
        this.#describe(span, end, errorType)
      }
    }
    span?.end()
    const { transport, tenantId, serverId } = peer
    onOperation?.({ method, transport, tenantId, serverId, toolName, durationMs, errorType })
  }

  /** Sets what the span alone has. */
  #describe(span: Span, end: OperationEnd, errorType: string | null): void {
    const { args, result, error, runId } = end
    const { captureContent } = this.#deps
    const scrub = this.#scrub
    const { peer, uri } = this.#start
    span.setAttribute('toolyard.server.id', peer.serverId)
    if (uri !== undefined) span.setAttribute('mcp.resource.uri', scrub(headOf(uri, maxUriLength)))
    if (runId !== undefined) span.setAttribute('toolyard.run.id', runId)
    if (this.#requestId !== undefined) span.setAttribute('jsonrpc.request.id', String(this.#requestId))
    const sessionId = end.sessionId?.()
    if (sessionId !== undefined) span.setAttribute('mcp.session.id', sessionId)
    if (captureContent) {
      const text = (content: JsonObject) => scrub(jsonHead(content, maxContentLength))
      if (args) span.setAttribute('gen_ai.tool.call.arguments', text(args))
      if (result) span.setAttribute('gen_ai.tool.call.result', text(result))
    }
    if (errorType !== null) {
      // A server's error message may quote the args.
      const message = captureContent && error ? { message: error.message } : {}
      span.setStatus({ code: SpanStatusCode.ERROR, ...message })
    }
  }
}

/** The attributes that the span and the metric share (OpenTelemetry's conventions for MCP, client). */
function sharedAttributes(
  { method, peer, toolName, promptName }: OperationStart,
  { error, protocolVersion }: OperationEnd,
  errorType: string | null,
): Attributes {
  const attributes: Attributes = { 'mcp.method.name': method }
  if (toolName !== undefined) {
    attributes['gen_ai.operation.name'] = 'execute_tool'
    attributes['gen_ai.tool.name'] = toolName
  }
  if (promptName !== undefined) attributes['gen_ai.prompt.name'] = promptName
  Object.assign(attributes, peer.attributes)
  if (protocolVersion) attributes['mcp.protocol.version'] = protocolVersion
  if (errorType !== null) attributes['error.type'] = errorType
  const { jsonRpcCode } = error?.details ?? {}
  if (jsonRpcCode !== undefined) attributes['rpc.response.status_code'] = String(jsonRpcCode)
  return attributes
}
