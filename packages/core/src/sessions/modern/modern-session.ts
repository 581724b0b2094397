import { headOf } from '../../base/cut-text.ts'
import { type Deadline, startDeadline } from '../../base/deadline.ts'
import { RegistryError } from '../../base/errors.ts'
import { isDeeperThan, isJsonObject, type JsonObject, type JsonValue, jsonHead } from '../../base/json.ts'
import type { SessionFacts } from '../../model/dial-event.ts'
import type { Operation } from '../../telemetry/operation.ts'
import type { ChannelConnection } from '../connection.ts'
import { withRetryAfter } from '../http/retry-after.ts'
import { RpcError } from '../rpc-error.ts'
import type { CallOptions, CallOutcome, McpSession, RequestOptions, ToolListPage, ToolProgress } from '../session.ts'
import { readToolListPage } from '../tool-list-page.ts'
import { ChangeStream } from './change-stream.ts'
import type { Answer, ChannelNotification } from './channel.ts'
import type { DiscoverResult } from './discover-result.ts'
import { createEnvelopes, type EnvelopeContent } from './envelope.ts'
import { headerAnnotation } from './header-params.ts'
import { headerFault, headersOf } from './mirrored-args.ts'
import { type RequestFailure, RequestFailures } from './request-failures.ts'
import { completeResult, ttlOf } from './results.ts'
import { headerMismatch, modernVersion } from './revision.ts'

const maxAnswerDepth = 200
/** Pages that are read for one tool after its headers did not match. */
const maxPages = 1_000
/** Log messages that a run shows; without a level, a server sends none. */
const logLevel = 'info'

/** A channel with what its session needs to know about it. */
export interface ModernConnection extends ChannelConnection {
  readonly clientInfo: { readonly name: string; readonly version: string }
  /** The pause before a subscription is opened anew, in ms. */
  readonly retry: { readonly firstMs: number; readonly maxMs: number }
}

/** Creates a session with a server that was discovered. */
export const createModernSession = (connection: ModernConnection, discovered: DiscoverResult): McpSession =>
  new ModernSession(connection, discovered)

/** A session without a handshake: what it keeps is on this side alone (MCP 2026-07-28). */
class ModernSession implements McpSession {
  readonly facts: SessionFacts
  readonly stderrTail: readonly string[]
  readonly #connection: ModernConnection
  readonly #envelope: ReturnType<typeof createEnvelopes>
  readonly #changes: ChangeStream
  readonly #isHttp: boolean
  readonly #failures: RequestFailures
  readonly #closeListeners = new Set<(error: RegistryError | undefined) => void>()
  readonly #toolsChangedListeners = new Set<() => void>()
  /** Whether it takes another request. */
  #isOpen = true
  /** Whether no answer can come any more. */
  #isDead = false
  #ending: Promise<void> | undefined

  constructor(connection: ModernConnection, discovered: DiscoverResult) {
    const { channel, scrub, config } = connection
    this.#connection = connection
    this.#isHttp = config.transport !== 'stdio'
    this.#envelope = createEnvelopes(connection)
    this.#failures = new RequestFailures(connection)
    this.stderrTail = connection.stderrTail
    this.facts = factsOf(discovered, scrub)
    channel.onClose = () => {
      this.#isDead = true
      this.#changes.end()
      this.#markClosed(channel.end && this.#failures.lost('The connection was lost', undefined))
    }
    channel.onNotification = (notification) => this.#takeNotification(notification)
    this.#changes = new ChangeStream({
      channel,
      envelope: this.#envelope,
      onChanged: () => this.#notifyToolsChanged(),
      retry: connection.retry,
    })
    if (discovered.notifiesToolChanges) void this.#changes.run()
  }

  get isOpen() {
    return this.#isOpen
  }

  async listTools(cursor: string | undefined, options: RequestOptions): Promise<ToolListPage> {
    using deadline = startDeadline(options.signal, [{ name: 'requestMs', ms: options.requestMs }])
    return await this.#observed('tools/list', deadline, (operation) => this.#listPage(operation, cursor, deadline))
  }

  async callTool(name: string, args: JsonObject, options: CallOptions): Promise<CallOutcome> {
    const { requestMs, signal, observed } = options
    using deadline = startDeadline(signal, [{ name: 'requestMs', ms: requestMs }])
    if (deadline.error) return this.#failure(undefined, deadline)
    if (!this.#isOpen) return { kind: 'NOT_SENT', error: this.#failures.closed() }
    const operation = this.#connection.observe('tools/call', name)
    const outcome = await operation.within(() => this.#call(operation, name, args, deadline, options))
    const result = outcome.kind === 'ANSWERED' ? outcome.result : undefined
    operation.end({
      protocolVersion: modernVersion,
      error: outcome.kind === 'ANSWERED' ? undefined : outcome.error,
      isToolError: result?.isError === true,
      runId: observed.runId,
      args: observed.args ? args : undefined,
      result: observed.result ? result : undefined,
    })
    return outcome
  }

  definitionFault(definition: unknown, definitionText: string): string | undefined {
    // Most have no annotation: to look through the text takes a fraction of a walk.
    if (!this.#isHttp || !definitionText.includes(headerAnnotation) || !isJsonObject(definition)) return undefined
    return headerFault(definition.inputSchema)
  }

  /** The revision has no ping: the server introduces itself again. */
  async ping({ requestMs, signal }: RequestOptions): Promise<void> {
    using deadline = startDeadline(signal, [{ name: 'requestMs', ms: requestMs }])
    await this.#observed('server/discover', deadline, (operation) => this.#request(operation, { params: {} }, deadline))
  }

  onOutput(listener: Parameters<McpSession['onOutput']>[0]): () => void {
    return listen(this.#connection.outputs, listener)
  }

  onToolsChanged(listener: () => void): () => void {
    return listen(this.#toolsChangedListeners, listener)
  }

  onClose(listener: (error: RegistryError | undefined) => void): () => void {
    return listen(this.#closeListeners, listener)
  }

  close(): Promise<void> {
    this.#isDead = true
    this.#changes.end()
    this.#markClosed()
    this.#ending ??= this.#connection.end()
    return this.#ending
  }

  #markClosed(error?: RegistryError): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    for (const listener of this.#closeListeners) listener(error)
  }

  #notifyToolsChanged(): void {
    for (const listener of this.#toolsChangedListeners) listener()
  }

  #takeNotification(notification: ChannelNotification): void {
    if (notification.method === 'notifications/message') this.#reportLog(notification.params)
    else this.#changes.take(notification)
  }

  #reportLog({ level = 'info', logger, data }: JsonObject): void {
    const { textBytes, scrub, outputs } = this.#connection
    const from = typeof logger === 'string' ? `${headOf(logger, textBytes)}: ` : ''
    const said = typeof data === 'string' ? data : jsonHead(data, textBytes)
    const text = scrub(`${typeof level === 'string' ? level : 'info'}: ${from}${said}`)
    for (const output of outputs) output({ stream: 'LOG', text })
  }

  async #request(
    operation: Operation,
    content: EnvelopeContent,
    deadline: Deadline,
    onProgress?: CallOptions['onProgress'],
  ): Promise<Answer> {
    const { channel } = this.#connection
    const { method, carrier } = operation
    const id = channel.nextId()
    const progressToken = onProgress ? id : undefined
    const envelope = this.#envelope(method, { ...content, carrier, progressToken })
    operation.sentAs(id)
    const { result, bytes } = await channel.request({
      method,
      id,
      ...envelope,
      signal: deadline.signal,
      onProgress: onProgress && ((params) => onProgress(this.#progressOf(params))),
    })
    return { result: completeResult(method, result), bytes }
  }

  #progressOf({ progress, total, message }: JsonObject): ToolProgress {
    return {
      progress: typeof progress === 'number' ? progress : 0,
      ...(typeof total === 'number' ? { total } : {}),
      ...(typeof message === 'string' ? { message: this.#connection.scrub(message) } : {}),
    }
  }

  async #listPage(operation: Operation, cursor: string | undefined, deadline: Deadline): Promise<ToolListPage> {
    const params = cursor === undefined ? {} : { cursor }
    const { result, bytes } = await withRetryAfter(() => this.#request(operation, { params }, deadline), {
      deadlineAt: deadline.at,
      signal: deadline.signal,
    })
    return { ...readToolListPage(result, bytes), ttlMs: ttlOf(result) }
  }

  /** Observes what `ask` sends, and types its failure. */
  async #observed<T>(
    method: Operation['method'],
    deadline: Deadline,
    ask: (operation: Operation) => Promise<T>,
  ): Promise<T> {
    const operation = this.#connection.observe(method)
    try {
      const answer = await operation.within(() => ask(operation))
      operation.end({ protocolVersion: modernVersion })
      return answer
    } catch (cause) {
      const { error } = this.#failure(cause, deadline)
      operation.end({ protocolVersion: modernVersion, error })
      throw error
    }
  }

  async #call(
    operation: Operation,
    name: string,
    args: JsonObject,
    deadline: Deadline,
    { inputSchema, onProgress }: CallOptions,
  ): Promise<CallOutcome> {
    const ask = (schema: JsonValue | undefined) => {
      const paramHeaders = this.#isHttp ? headersOf(schema, args) : undefined
      const content = { params: { name, arguments: args }, logLevel, paramHeaders }
      return this.#request(operation, content, deadline, (progress) => {
        deadline.extend()
        onProgress(progress)
      })
    }
    try {
      const { result } = await ask(inputSchema).catch(async (error: unknown) => {
        if (!this.#isHttp || !(error instanceof RpcError) || error.code !== headerMismatch) throw error
        return ask(await this.#schemaNow(name, deadline, error))
      })
      // Checked before anything walks it: comparing and printing it are recursive.
      if (isDeeperThan(result, maxAnswerDepth)) {
        throw new RegistryError('PROTOCOL_ERROR', `The answer is nested more than ${maxAnswerDepth} deep`)
      }
      // stderr has a pipe of its own: a line written before the answer arrives one turn later.
      if (!this.#isHttp) await new Promise((resolve) => setImmediate(resolve))
      return { kind: 'ANSWERED', result }
    } catch (error) {
      return this.#failure(error, deadline)
    }
  }

  /** The input schema of a tool as the server lists it now; throws `mismatch` if it does not. */
  async #schemaNow(name: string, deadline: Deadline, mismatch: RpcError): Promise<JsonValue | undefined> {
    this.#notifyToolsChanged()
    let cursor: string | undefined
    for (let pages = 0; pages < maxPages; pages += 1) {
      const page = await this.#observed('tools/list', deadline, (listing) => this.#listPage(listing, cursor, deadline))
      const found = page.tools.find((tool) => isJsonObject(tool) && tool.name === name)
      if (isJsonObject(found)) return found.inputSchema
      cursor = page.nextCursor
      if (cursor === undefined) break
    }
    throw mismatch
  }

  /** What went wrong with a request, and how far it got. */
  #failure(error: unknown, deadline: Deadline): RequestFailure {
    const { failure, endsSession } = this.#failures.read(error, deadline, this.#isDead)
    if (endsSession) this.#markClosed()
    return failure
  }
}

/** What a server says about itself is stored, and shown to every caller who may see the server. */
function factsOf(
  { serverInfo, instructions, hasTools }: DiscoverResult,
  scrub: ModernConnection['scrub'],
): SessionFacts {
  const { name, version, title, websiteUrl } = serverInfo
  return {
    era: 'MODERN',
    protocolVersion: modernVersion,
    serverInfo: {
      name: scrub(name),
      version: scrub(version),
      ...(title === undefined ? {} : { title: scrub(title) }),
      ...(websiteUrl === undefined ? {} : { websiteUrl: scrub(websiteUrl) }),
    },
    instructions: instructions === null ? null : scrub(instructions),
    hasTools,
  }
}

function listen<Listener>(listeners: Set<Listener>, listener: Listener): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
