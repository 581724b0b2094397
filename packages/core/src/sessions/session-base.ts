import { headOf } from '../base/cut-text.ts'
import { type Deadline, startDeadline } from '../base/deadline.ts'
import { RegistryError } from '../base/errors.ts'
import { isDeeperThan, type JsonObject, jsonHead } from '../base/json.ts'
import type { SessionFacts } from '../model/dial-event.ts'
import type { FeatureKind } from '../model/feature.ts'
import type { Operation, OperationEnd, OperationOf } from '../telemetry/operation.ts'
import type { ConnectionBase } from './connection.ts'
import { withRetryAfter } from './http/retry-after.ts'
import { InputRequired, Unanswerable } from './input-asked.ts'
import { featureLists, ListPage, type PageSource, type ServerList, toolList } from './list-page.ts'
import { missingResource, refusedArguments } from './refused-requests.ts'
import type {
  CallOptions,
  CallOutcome,
  CompletionRequest,
  FollowOptions,
  McpSession,
  RequestOptions,
  ResourceNotice,
  SessionAnswer,
} from './session.ts'
import type { SessionErrors } from './session-errors.ts'

const maxAnswerDepth = 200

/** The answer to a request, as it came. */
export interface Answer extends SessionAnswer, PageSource {}

/** A request that changes nothing. */
interface Asked extends OperationOf {
  readonly params: JsonObject
}

export type Failure = Exclude<CallOutcome, { kind: 'ANSWERED' | 'INPUT_REQUIRED' }>

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
  readonly #listChangedListeners = new Set<() => void>()
  readonly #noticeListeners = new Set<(notice: ResourceNotice) => void>()
  readonly #visitedListeners = new Set<(elicitationId: string) => void>()
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

  abstract followResource(uri: string, options: FollowOptions): Promise<void>
  abstract unfollowResource(uri: string, options: FollowOptions): Promise<void>
  abstract ping(options: RequestOptions): Promise<void>
  abstract definitionFault(definition: unknown, definitionText: string): string | undefined

  /** Sends a request that changes nothing, and resolves with its answer. */
  protected abstract ask(operation: Operation, params: JsonObject, deadline: Deadline): Promise<Answer>

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

  async listTools(cursor: string | undefined, options: RequestOptions): Promise<ListPage> {
    using deadline = startDeadline(options.signal, [{ name: 'requestMs', ms: options.requestMs }])
    return await this.listWithin(toolList, cursor, deadline)
  }

  async listFeatures(kind: FeatureKind, cursor: string | undefined, options: RequestOptions): Promise<ListPage> {
    using deadline = startDeadline(options.signal, [{ name: 'requestMs', ms: options.requestMs }])
    return await this.listWithin(featureLists[kind], cursor, deadline)
  }

  async readResource(uri: string, options: RequestOptions): Promise<SessionAnswer> {
    return await this.answer({ method: 'resources/read', params: { uri }, uri }, options).catch((error: unknown) => {
      throw missingResource(error, uri)
    })
  }

  async getPrompt(
    name: string,
    args: Readonly<Record<string, string>>,
    options: RequestOptions,
  ): Promise<SessionAnswer> {
    const params = Object.keys(args).length === 0 ? { name } : { name, arguments: args }
    return await this.answer({ method: 'prompts/get', params, promptName: name }, options).catch((error: unknown) => {
      throw refusedArguments(error, ['args'])
    })
  }

  async complete({ ref, argument, context }: CompletionRequest, options: RequestOptions): Promise<SessionAnswer> {
    const params = { ref, argument, ...(Object.keys(context).length === 0 ? {} : { context: { arguments: context } }) }
    return await this.answer({ method: 'completion/complete', params }, options).catch((error: unknown) => {
      throw refusedArguments(error, ['argument'])
    })
  }

  async callTool(name: string, args: JsonObject, options: CallOptions): Promise<CallOutcome> {
    const { requestMs, within } = options
    const deadline = startDeadline(within, [{ name: 'requestMs', ms: requestMs }])
    // Without `using`, which is compiled to more work than the rest of this method.
    try {
      if (deadline.error) return this.failureOf(undefined, deadline)
      if (!this.#isOpen) return { kind: 'NOT_SENT', error: this.errors.closed() }
      const operation = this.connection.observe({ method: 'tools/call', toolName: name })
      const outcome = await operation.within(() => this.#outcomeOf(operation, name, args, deadline, options))
      if (operation.isMeasured) operation.end(this.#endOf(outcome, args, options))
      return outcome
    } finally {
      deadline[Symbol.dispose]()
    }
  }

  #endOf(outcome: CallOutcome, args: JsonObject, { observed }: CallOptions): OperationEnd {
    const result = outcome.kind === 'ANSWERED' ? outcome.result : undefined
    return {
      protocolVersion: this.spanFacts.protocolVersion,
      sessionId: this.spanFacts.sessionId,
      error: 'error' in outcome ? outcome.error : undefined,
      isToolError: result?.isError === true,
      runId: observed.runId,
      args: observed.args ? args : undefined,
      result: observed.result ? result : undefined,
    }
  }

  onOutput(listener: Parameters<McpSession['onOutput']>[0]): () => void {
    return listen(this.connection.outputs, listener)
  }

  onListChanged(listener: () => void): () => void {
    return listen(this.#listChangedListeners, listener)
  }

  onResourceNotice(listener: (notice: ResourceNotice) => void): () => void {
    return listen(this.#noticeListeners, listener)
  }

  onVisited(listener: (elicitationId: string) => void): () => void {
    return listen(this.#visitedListeners, listener)
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

  protected notifyListChanged(): void {
    for (const listener of this.#listChangedListeners) listener()
  }

  protected notifyResource(notice: ResourceNotice): void {
    for (const listener of this.#noticeListeners) listener(notice)
  }

  protected notifyVisited(elicitationId: string): void {
    for (const listener of this.#visitedListeners) listener(elicitationId)
  }

  /** Passes a log message of the server on to those who listen. */
  protected reportLog(level: string, logger: string | undefined, data: unknown): void {
    const { textBytes, scrub, outputs } = this.connection
    const from = logger === undefined ? '' : `${headOf(logger, textBytes)}: `
    const text = scrub(`${level}: ${from}${typeof data === 'string' ? data : jsonHead(data, textBytes)}`)
    for (const output of outputs) output({ stream: 'LOG', text })
  }

  /** Lists one page. A busy server is asked again when it says so. */
  protected async listWithin(list: ServerList, cursor: string | undefined, deadline: Deadline): Promise<ListPage> {
    const params = cursor === undefined ? {} : { cursor }
    const answer = await this.observed(list, deadline, (operation) => this.#patiently(operation, params, deadline))
    return new ListPage(list, answer.result, answer)
  }

  protected async answer(
    { method, params, ...of }: Asked,
    { requestMs, signal }: RequestOptions,
  ): Promise<SessionAnswer> {
    using deadline = startDeadline(signal, [{ name: 'requestMs', ms: requestMs }])
    const { result, ttlMs } = await this.observed({ method, ...of }, deadline, async (operation) => {
      const answer = await this.#patiently(operation, params, deadline)
      assertNotTooDeep(answer.result)
      return answer
    })
    return { result, ttlMs }
  }

  #patiently(operation: Operation, params: JsonObject, deadline: Deadline): Promise<Answer> {
    return withRetryAfter(() => this.ask(operation, params, deadline), {
      deadlineAt: deadline.at,
      signal: deadline.signal,
    })
  }

  /** Observes what `ask` sends, and types its failure. */
  protected async observed<T>(
    of: OperationOf,
    deadline: Deadline,
    ask: (operation: Operation) => Promise<T>,
  ): Promise<T> {
    const operation = this.connection.observe(of)
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
      assertNotTooDeep(result)
      // stderr has a pipe of its own: a line written before the answer arrives one turn later.
      if (this.connection.config.transport === 'stdio') await new Promise((resolve) => setImmediate(resolve))
      return { kind: 'ANSWERED', result }
    } catch (error) {
      if (error instanceof InputRequired && !deadline.error) return { kind: 'INPUT_REQUIRED', asked: error.asked }
      if (error instanceof Unanswerable && !deadline.error) return { kind: 'UNANSWERABLE', error: error.reason }
      return this.failureOf(error, deadline)
    }
  }
}

/** Checked before anything walks it: comparing and printing it are recursive. */
function assertNotTooDeep(result: JsonObject): void {
  if (!isDeeperThan(result, maxAnswerDepth)) return
  throw new RegistryError('PROTOCOL_ERROR', `The answer is nested more than ${maxAnswerDepth} deep`)
}

function listen<Listener>(listeners: Set<Listener>, listener: Listener): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
