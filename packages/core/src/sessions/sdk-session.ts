import type { Client } from '@modelcontextprotocol/sdk/client/index.js'
import {
  type LoggingMessageNotification,
  LoggingMessageNotificationSchema,
  McpError,
  ToolListChangedNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js'
import { z } from 'zod'
import { headOf } from '../base/cut-text.ts'
import { type Deadline, startDeadline } from '../base/deadline.ts'
import { isRegistryError, RegistryError } from '../base/errors.ts'
import { isDeeperThan, type JsonObject, jsonHead } from '../base/json.ts'
import type { SessionFacts } from '../model/dial-event.ts'
import { scrubError } from '../secrets/scrub-error.ts'
import type { Operation } from '../telemetry/operation.ts'
import type { SdkConnection } from './connection.ts'
import { deliveryOf, toRegistryError } from './failures.ts'
import { isSessionInDoubt } from './forgotten-session.ts'
import { withRetryAfter } from './http/retry-after.ts'
import { StreamCut } from './http/stream-cut.ts'
import type { CallOptions, CallOutcome, McpSession, RequestOptions, ToolListPage, ToolProgress } from './session.ts'
import { readToolListPage } from './tool-list-page.ts'

/** Longest time-out of a timer, in ms: the SDK's default of 60 s must not come before our own deadlines. */
export const sdkTimeoutMs = 2 ** 31 - 1
const maxAnswerDepth = 200

/** The result of any request, as it came: its reader checks what it means. */
const anyResult = z.object({ boxed: z.custom<JsonObject>(), bytes: z.number() })

interface Answer {
  readonly result: JsonObject
  /** Length of the message in which it came. */
  readonly bytes: number
}

type Failure = Exclude<CallOutcome, { kind: 'ANSWERED' }>

/** Creates a session over a client of the SDK that has been initialised. */
export const createSdkSession = (client: Client, connection: SdkConnection, facts: SessionFacts): McpSession =>
  new SdkSession(client, connection, facts)

class SdkSession implements McpSession {
  readonly facts: SessionFacts
  readonly stderrTail: readonly string[]
  readonly #client: Client
  readonly #connection: SdkConnection
  readonly #closeListeners = new Set<(error: RegistryError | undefined) => void>()
  readonly #toolsChangedListeners = new Set<() => void>()
  /** Attributes of the session in spans. */
  readonly #spanFacts: { readonly protocolVersion: string; readonly sessionId: () => string | undefined }
  #scrubbedId: string | undefined
  /** Whether it takes another request. */
  #isOpen = true
  /** Whether no answer can come any more. */
  #isDead = false
  #ending: Promise<void> | undefined

  constructor(client: Client, connection: SdkConnection, facts: SessionFacts) {
    const { transport, scrub } = connection
    this.facts = facts
    this.stderrTail = connection.stderrTail
    this.#client = client
    this.#connection = connection
    this.#spanFacts = {
      protocolVersion: facts.protocolVersion,
      sessionId: () => {
        this.#scrubbedId ??= transport.mcpSessionId && scrub(transport.mcpSessionId)
        return this.#scrubbedId
      },
    }
    client.onclose = () => {
      this.#isDead = true
      this.#markClosed(transport.end && this.#lostError('The connection was lost', undefined))
    }
    client.setNotificationHandler(LoggingMessageNotificationSchema, ({ params }) => this.#reportLog(params))
    client.setNotificationHandler(ToolListChangedNotificationSchema, () => {
      for (const listener of this.#toolsChangedListeners) listener()
    })
  }

  get isOpen() {
    return this.#isOpen
  }

  async listTools(cursor: string | undefined, { requestMs, signal }: RequestOptions): Promise<ToolListPage> {
    using deadline = startDeadline(signal, [{ name: 'requestMs', ms: requestMs }])
    const params = cursor === undefined ? {} : { cursor }
    const { result, bytes } = await this.#answered('tools/list', deadline, (operation) =>
      withRetryAfter(() => this.#request(operation, params, deadline), {
        deadlineAt: deadline.at,
        signal: deadline.signal,
      }),
    )
    return readToolListPage(result, bytes)
  }

  async callTool(
    name: string,
    args: JsonObject,
    { requestMs, signal, onProgress, observed }: CallOptions,
  ): Promise<CallOutcome> {
    using deadline = startDeadline(signal, [{ name: 'requestMs', ms: requestMs }])
    if (deadline.error) return this.#failure(undefined, deadline)
    if (!this.#isOpen) return { kind: 'NOT_SENT', error: this.#closedError() }
    const operation = this.#connection.observe('tools/call', name)
    const outcome = await operation.within(() => this.#call(operation, name, args, deadline, onProgress))
    const result = outcome.kind === 'ANSWERED' ? outcome.result : undefined
    operation.end({
      ...this.#spanFacts,
      error: outcome.kind === 'ANSWERED' ? undefined : outcome.error,
      isToolError: result?.isError === true,
      runId: observed.runId,
      args: observed.args ? args : undefined,
      result: observed.result ? result : undefined,
    })
    return outcome
  }

  definitionFault(): undefined {
    // No args are mirrored into headers in this era.
  }

  async ping({ requestMs, signal }: RequestOptions): Promise<void> {
    using deadline = startDeadline(signal, [{ name: 'requestMs', ms: requestMs }])
    await this.#answered('ping', deadline, (operation) => this.#request(operation, {}, deadline))
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
    this.#markClosed()
    this.#ending ??= this.#connection.end()
    return this.#ending
  }

  #markClosed(error?: RegistryError): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    for (const listener of this.#closeListeners) listener(error)
  }

  #reportLog({ level, logger, data }: LoggingMessageNotification['params']): void {
    const { textBytes, scrub, outputs } = this.#connection
    const from = logger === undefined ? '' : `${headOf(logger, textBytes)}: `
    const text = scrub(`${level}: ${from}${typeof data === 'string' ? data : jsonHead(data, textBytes)}`)
    for (const output of outputs) output({ stream: 'LOG', text })
  }

  async #request(
    operation: Operation,
    params: JsonObject,
    deadline: Deadline,
    onProgress?: CallOptions['onProgress'],
  ): Promise<Answer> {
    const { method } = operation
    const { sender, scrub } = this.#connection
    const { boxed: result, bytes } = await sender.during(operation, () =>
      this.#client.request({ method, params }, anyResult, {
        signal: deadline.signal,
        timeout: sdkTimeoutMs,
        ...(onProgress
          ? {
              onprogress: ({ message, ...progress }: ToolProgress) =>
                onProgress({ ...progress, ...(message === undefined ? {} : { message: scrub(message) }) }),
            }
          : {}),
      }),
    )
    return { result, bytes }
  }

  /** Observes what `ask` sends, and types its failure. */
  async #answered(
    method: Operation['method'],
    deadline: Deadline,
    ask: (operation: Operation) => Promise<Answer>,
  ): Promise<Answer> {
    const operation = this.#connection.observe(method)
    try {
      const answer = await operation.within(() => ask(operation))
      operation.end(this.#spanFacts)
      return answer
    } catch (cause) {
      const { error } = this.#failure(cause, deadline)
      operation.end({ ...this.#spanFacts, error })
      throw error
    }
  }

  async #call(
    operation: Operation,
    name: string,
    args: JsonObject,
    deadline: Deadline,
    onProgress: CallOptions['onProgress'],
  ): Promise<CallOutcome> {
    try {
      const { result } = await this.#request(operation, { name, arguments: args }, deadline, (progress) => {
        deadline.extend()
        onProgress(progress)
      })
      // Checked before anything walks it: comparing and printing it are recursive.
      if (isDeeperThan(result, maxAnswerDepth)) {
        throw new RegistryError('PROTOCOL_ERROR', `The answer is nested more than ${maxAnswerDepth} deep`)
      }
      // stderr has a pipe of its own: a line written before the answer arrives one turn later.
      if (this.#connection.config.transport === 'stdio') await new Promise((resolve) => setImmediate(resolve))
      return { kind: 'ANSWERED', result }
    } catch (error) {
      return this.#failure(error, deadline)
    }
  }

  /** Types the failure of a request, by how far the request got. */
  #failure(error: unknown, deadline: Deadline): Failure {
    if (deadline.error)
      return { kind: deadline.error.code === 'TIMEOUT' ? 'TIMED_OUT' : 'CANCELED', error: deadline.error }
    const { transport, readsSecrets } = this.#connection
    const delivery = deliveryOf(error)
    if (delivery === 'NOT_SENT') {
      // The server will not take any further request of this session.
      this.#markClosed()
      return { kind: 'NOT_SENT', error: this.#typedError(error) }
    }
    if (this.#isDead || (error instanceof McpError && error.data instanceof StreamCut)) {
      return { kind: 'LOST', error: this.#lostError('The connection was lost after the request had been sent', error) }
    }
    const typed = this.#typedError(error)
    if (isSessionInDoubt(error, transport)) this.#markClosed()
    // Secrets that are read at the next dial may be the ones that the server asks for.
    if (typed.details.httpStatus === 401 && readsSecrets) this.#markClosed()
    if (typed.code === 'TIMEOUT') return { kind: 'TIMED_OUT', error: typed }
    return { kind: delivery === 'REFUSED' ? 'REFUSED' : 'LOST', error: typed }
  }

  /** The error once the connection, or the stream of a request, has ended: no answer can come. */
  #lostError(what: string, cause: unknown): RegistryError {
    const { transport, scrub } = this.#connection
    const end = transport.end
    const reason = cause instanceof McpError && cause.data instanceof StreamCut ? cause.data.cause : end?.cause
    if (isRegistryError(reason)) return scrubError(reason, scrub)
    const how = end ? `: ${end.words}` : ''
    const details = this.stderrTail.length > 0 ? { stderrTail: [...this.stderrTail] } : {}
    const lost = { cause: reason ?? cause, retryable: true, details }
    return scrubError(new RegistryError('CONNECT_FAILED', `${what}${how}`, lost), scrub)
  }

  #typedError(error: unknown): RegistryError {
    const { config, scrub } = this.#connection
    return scrubError(toRegistryError(error, config, [...this.stderrTail]), scrub)
  }

  #closedError(): RegistryError {
    const { end } = this.#connection.transport
    const how = end ? `: ${end.words}` : ''
    return new RegistryError('CONNECT_FAILED', `The session was closed before the request was sent${how}`, {
      retryable: true,
    })
  }
}

function listen<Listener>(listeners: Set<Listener>, listener: Listener): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
