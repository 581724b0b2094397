import { headOf } from '../base/cut-text.ts'
import { type Deadline, startDeadline } from '../base/deadline.ts'
import { RegistryError } from '../base/errors.ts'
import { isDeeperThan, type JsonObject, jsonHead } from '../base/json.ts'
import type { SessionFacts } from '../model/dial-event.ts'
import type { McpServerInfo } from '../model/server.ts'
import type { Scrub } from '../secrets/scrub.ts'
import type { Operation } from '../telemetry/operation.ts'
import type { ConnectionBase } from './connection.ts'
import type { CallOptions, CallOutcome, McpSession, RequestOptions, ToolListPage } from './session.ts'
import type { SessionErrors } from './session-errors.ts'

const maxAnswerDepth = 200

export type Failure = Exclude<CallOutcome, { kind: 'ANSWERED' }>

/** Attributes of a session in spans. */
export interface SpanFacts {
  readonly protocolVersion: string
  readonly sessionId?: () => string | undefined
}

/** The part of a session that both eras share: its listeners, its end, and the operations that observe its requests. */
export abstract class SessionBase<Connection extends ConnectionBase> implements McpSession {
  abstract readonly facts: SessionFacts
  readonly stderrTail: readonly string[]
  protected abstract readonly spanFacts: SpanFacts
  protected abstract readonly errors: SessionErrors
  protected readonly connection: Connection
  /** Whether no answer can come any more. */
  protected isDead = false
  readonly #closeListeners = new Set<(error: RegistryError | undefined) => void>()
  readonly #toolsChangedListeners = new Set<() => void>()
  /** Whether it takes another request. */
  #isOpen = true
  #ending: Promise<void> | undefined

  constructor(connection: Connection) {
    this.connection = connection
    this.stderrTail = connection.stderrTail
  }

  get isOpen() {
    return this.#isOpen
  }

  abstract listTools(cursor: string | undefined, options: RequestOptions): Promise<ToolListPage>
  abstract ping(options: RequestOptions): Promise<void>
  abstract definitionFault(definition: unknown, definitionText: string): string | undefined

  /** Sends the call, and resolves with its result. */
  protected abstract call(
    operation: Operation,
    name: string,
    args: JsonObject,
    deadline: Deadline,
    options: CallOptions,
  ): Promise<JsonObject>

  /** Types the failure of a request, by how far the request got. Closes the session if it takes no other one. */
  protected abstract failureOf(error: unknown, deadline: Deadline): Failure

  async callTool(name: string, args: JsonObject, options: CallOptions): Promise<CallOutcome> {
    const { requestMs, signal, observed } = options
    using deadline = startDeadline(signal, [{ name: 'requestMs', ms: requestMs }])
    if (deadline.error) return this.failureOf(undefined, deadline)
    if (!this.#isOpen) return { kind: 'NOT_SENT', error: this.errors.closed() }
    const operation = this.connection.observe('tools/call', name)
    const outcome = await operation.within(() => this.#outcomeOf(operation, name, args, deadline, options))
    const result = outcome.kind === 'ANSWERED' ? outcome.result : undefined
    operation.end({
      ...this.spanFacts,
      error: outcome.kind === 'ANSWERED' ? undefined : outcome.error,
      isToolError: result?.isError === true,
      runId: observed.runId,
      args: observed.args ? args : undefined,
      result: observed.result ? result : undefined,
    })
    return outcome
  }

  onOutput(listener: Parameters<McpSession['onOutput']>[0]): () => void {
    return listen(this.connection.outputs, listener)
  }

  onToolsChanged(listener: () => void): () => void {
    return listen(this.#toolsChangedListeners, listener)
  }

  onClose(listener: (error: RegistryError | undefined) => void): () => void {
    return listen(this.#closeListeners, listener)
  }

  close(): Promise<void> {
    this.isDead = true
    this.markClosed()
    this.#ending ??= this.connection.end()
    return this.#ending
  }

  /** Takes no further request. `error`: what the other side ended it with, if it did. */
  protected markClosed(error?: RegistryError): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    for (const listener of this.#closeListeners) listener(error)
  }

  protected notifyToolsChanged(): void {
    for (const listener of this.#toolsChangedListeners) listener()
  }

  /** Passes a log message of the server on to those who listen. */
  protected reportLog(level: string, logger: string | undefined, data: unknown): void {
    const { textBytes, scrub, outputs } = this.connection
    const from = logger === undefined ? '' : `${headOf(logger, textBytes)}: `
    const text = scrub(`${level}: ${from}${typeof data === 'string' ? data : jsonHead(data, textBytes)}`)
    for (const output of outputs) output({ stream: 'LOG', text })
  }

  /** Observes what `ask` sends, and types its failure. */
  protected async observed<T>(
    method: Operation['method'],
    deadline: Deadline,
    ask: (operation: Operation) => Promise<T>,
  ): Promise<T> {
    const operation = this.connection.observe(method)
    try {
      const answer = await operation.within(() => ask(operation))
      operation.end(this.spanFacts)
      return answer
    } catch (cause) {
      const { error } = this.failureOf(cause, deadline)
      operation.end({ ...this.spanFacts, error })
      throw error
    }
  }

  async #outcomeOf(
    operation: Operation,
    name: string,
    args: JsonObject,
    deadline: Deadline,
    options: CallOptions,
  ): Promise<CallOutcome> {
    try {
      const result = await this.call(operation, name, args, deadline, options)
      // Checked before anything walks it: comparing and printing it are recursive.
      if (isDeeperThan(result, maxAnswerDepth)) {
        throw new RegistryError('PROTOCOL_ERROR', `The answer is nested more than ${maxAnswerDepth} deep`)
      }
      // stderr has a pipe of its own: a line written before the answer arrives one turn later.
      if (this.connection.config.transport === 'stdio') await new Promise((resolve) => setImmediate(resolve))
      return { kind: 'ANSWERED', result }
    } catch (error) {
      return this.failureOf(error, deadline)
    }
  }
}

/** What a server says about itself is stored, and shown to every caller who may see the server. */
export function scrubServerInfo(
  {
    name,
    version,
    title,
    websiteUrl,
  }: Pick<McpServerInfo, 'name' | 'version'> & {
    readonly [Key in 'title' | 'websiteUrl']?: string | undefined
  },
  scrub: Scrub,
): McpServerInfo {
  return {
    name: scrub(name),
    version: scrub(version),
    ...(title === undefined ? {} : { title: scrub(title) }),
    ...(websiteUrl === undefined ? {} : { websiteUrl: scrub(websiteUrl) }),
  }
}

function listen<Listener>(listeners: Set<Listener>, listener: Listener): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
