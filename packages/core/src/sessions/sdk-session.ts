import type { Client } from '@modelcontextprotocol/sdk/client/index.js'
import {
  LoggingMessageNotificationSchema,
  McpError,
  ToolListChangedNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js'
import { z } from 'zod'
import { headOf } from '../base/cut-text.ts'
import { type Deadline, startDeadline } from '../base/deadline.ts'
import { isRegistryError, RegistryError } from '../base/errors.ts'
import { isDeeperThan, type JsonObject, jsonHead, kindOf } from '../base/json.ts'
import type { SessionFacts } from '../model/dial-event.ts'
import type { ServerConfig } from '../model/server.ts'
import type { Scrub } from '../secrets/scrub.ts'
import { scrubError } from '../secrets/scrub-error.ts'
import type { Operation } from '../telemetry/operation.ts'
import { deliveryOf, toRegistryError } from './failures.ts'
import { isSessionInDoubt } from './forgotten-session.ts'
import { withRetryAfter } from './http/retry-after.ts'
import { StreamCut } from './http/stream-cut.ts'
import type { RequestSender } from './request-sender.ts'
import type { CallOptions, CallOutcome, McpSession, SessionOutput, ToolProgress } from './session.ts'
import type { SessionTransport } from './transport.ts'

/** As long as a timer goes: the deadlines are ours, and the SDK's own default of 60 s must not come before them. */
export const sdkTimeoutMs = 2 ** 31 - 1
const maxAnswerDepth = 200

/** A connection with what its session needs to know of it. */
export interface SdkConnection {
  readonly config: ServerConfig
  readonly transport: SessionTransport
  readonly sender: RequestSender
  /** Begins to observe a request. */
  readonly observe: (method: Operation['method'], toolName?: string) => Operation
  readonly outputs: Set<(output: SessionOutput) => void>
  /** Scrubbed already. */
  readonly stderrTail: readonly string[]
  /** For whatever the server says beside the results of its tools. */
  readonly scrub: Scrub
  /** Whether the next dial may have other credentials: some of them are read elsewhere. */
  readonly readsSecrets: boolean
  /** How long a text of the server may be beside the results of its tools. */
  readonly textBytes: number
  /** Never rejects. */
  readonly end: () => Promise<void>
}

/** The result of any request, as it came: what it means is checked by those who use it. */
const anyResult = z.object({ boxed: z.custom<JsonObject>(), bytes: z.number() })

interface Answer {
  readonly result: JsonObject
  /** Of the text in which it came. */
  readonly bytes: number
}

/** A session over a client of the SDK that has been initialised. */
export function createSdkSession(client: Client, connection: SdkConnection, facts: SessionFacts): McpSession {
  const { config, transport, sender, observe, outputs, stderrTail, readsSecrets, textBytes } = connection
  const { scrub } = connection
  const closeListeners = new Set<(error: RegistryError | undefined) => void>()
  const toolsChangedListeners = new Set<() => void>()
  /** Of the session, as spans have them. */
  const ofSession = {
    protocolVersion: facts.protocolVersion,
    sessionId: () => {
      scrubbedId ??= transport.mcpSessionId && scrub(transport.mcpSessionId)
      return scrubbedId
    },
  }
  let scrubbedId: string | undefined
  /** Whether it takes another request. */
  let isOpen = true
  /** Whether no answer can come any more. */
  let isDead = false
  let ending: Promise<void> | undefined

  function markClosed(error?: RegistryError): void {
    if (!isOpen) return
    isOpen = false
    for (const listener of closeListeners) listener(error)
  }
  client.onclose = () => {
    isDead = true
    markClosed(transport.end && lostError('The connection was lost', undefined))
  }
  client.setNotificationHandler(LoggingMessageNotificationSchema, ({ params }) => {
    const from = params.logger === undefined ? '' : `${headOf(params.logger, textBytes)}: `
    const data = typeof params.data === 'string' ? params.data : jsonHead(params.data, textBytes)
    const text = scrub(`${params.level}: ${from}${data}`)
    for (const output of outputs) output({ stream: 'LOG', text })
  })
  client.setNotificationHandler(ToolListChangedNotificationSchema, () => {
    for (const listener of toolsChangedListeners) listener()
  })

  async function request(
    operation: Operation,
    params: JsonObject,
    deadline: Deadline,
    onProgress?: CallOptions['onProgress'],
  ): Promise<Answer> {
    const { method } = operation
    const { boxed: result, bytes } = await sender.during(operation, () =>
      client.request({ method, params }, anyResult, {
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

  /** The connection or the stream of a request is gone: no answer can come. */
  function lostError(what: string, cause: unknown): RegistryError {
    const end = transport.end
    const reason = cause instanceof McpError && cause.data instanceof StreamCut ? cause.data.cause : end?.cause
    if (isRegistryError(reason)) return scrubError(reason, scrub)
    const how = end ? `: ${end.words}` : ''
    const details = stderrTail.length > 0 ? { stderrTail: [...stderrTail] } : {}
    const lost = { cause: reason ?? cause, retryable: true, details }
    return scrubError(new RegistryError('CONNECT_FAILED', `${what}${how}`, lost), scrub)
  }

  function typedError(error: unknown): RegistryError {
    return scrubError(toRegistryError(error, config, [...stderrTail]), scrub)
  }

  /** What went wrong with a request, and how far it got. */
  function failure(error: unknown, deadline: Deadline): Exclude<CallOutcome, { kind: 'ANSWERED' }> {
    if (deadline.error)
      return { kind: deadline.error.code === 'TIMEOUT' ? 'TIMED_OUT' : 'CANCELED', error: deadline.error }
    const delivery = deliveryOf(error)
    if (delivery === 'NOT_SENT') {
      // Nothing that is asked on it will be taken any more.
      markClosed()
      return { kind: 'NOT_SENT', error: typedError(error) }
    }
    if (isDead || (error instanceof McpError && error.data instanceof StreamCut)) {
      return { kind: 'LOST', error: lostError('The connection was lost after the request had been sent', error) }
    }
    const typed = typedError(error)
    if (isSessionInDoubt(error, transport)) markClosed()
    // What is read now may be what the server asks for.
    if (typed.details.httpStatus === 401 && readsSecrets) markClosed()
    if (typed.code === 'TIMEOUT') return { kind: 'TIMED_OUT', error: typed }
    return { kind: delivery === 'REFUSED' ? 'REFUSED' : 'LOST', error: typed }
  }

  /** Observes what `ask` sends, and types its failure. */
  async function answered(
    method: Operation['method'],
    deadline: Deadline,
    ask: (operation: Operation) => Promise<Answer>,
  ): Promise<Answer> {
    const operation = observe(method)
    try {
      const answer = await operation.within(() => ask(operation))
      operation.end(ofSession)
      return answer
    } catch (cause) {
      const { error } = failure(cause, deadline)
      operation.end({ ...ofSession, error })
      throw error
    }
  }

  async function call(
    operation: Operation,
    name: string,
    args: JsonObject,
    deadline: Deadline,
    onProgress: CallOptions['onProgress'],
  ): Promise<CallOutcome> {
    try {
      const { result } = await request(operation, { name, arguments: args }, deadline, (progress) => {
        deadline.extend()
        onProgress(progress)
      })
      // Checked before anybody walks it: comparing and printing it are recursive.
      if (isDeeperThan(result, maxAnswerDepth)) {
        throw new RegistryError('PROTOCOL_ERROR', `The answer is nested more than ${maxAnswerDepth} deep`)
      }
      // stderr comes by a pipe of its own: what was written before the answer is there one turn later.
      if (config.transport === 'stdio') await new Promise((resolve) => setImmediate(resolve))
      return { kind: 'ANSWERED', result }
    } catch (error) {
      return failure(error, deadline)
    }
  }

  const session: McpSession = {
    facts,
    stderrTail,
    get isOpen() {
      return isOpen
    },
    async listTools(cursor, { requestMs, signal }) {
      using deadline = startDeadline(signal, [{ name: 'requestMs', ms: requestMs }])
      const params = cursor === undefined ? {} : { cursor }
      const { result: page, bytes } = await answered('tools/list', deadline, (operation) =>
        withRetryAfter(() => request(operation, params, deadline), {
          deadlineAt: deadline.at,
          signal: deadline.signal,
        }),
      )
      const { tools } = page
      if (!Array.isArray(tools)) {
        const message = `The answer to tools/list: /tools: expected a list, got ${kindOf(tools)}`
        throw new RegistryError('PROTOCOL_ERROR', message)
      }
      return { tools, nextCursor: nextCursorOf(page), bytes }
    },
    async callTool(name, args, { requestMs, signal, onProgress, observed }) {
      using deadline = startDeadline(signal, [{ name: 'requestMs', ms: requestMs }])
      if (deadline.error) return failure(undefined, deadline)
      if (!isOpen) return { kind: 'NOT_SENT', error: closedError() }
      const operation = observe('tools/call', name)
      const outcome = await operation.within(() => call(operation, name, args, deadline, onProgress))
      const result = outcome.kind === 'ANSWERED' ? outcome.result : undefined
      operation.end({
        ...ofSession,
        error: outcome.kind === 'ANSWERED' ? undefined : outcome.error,
        isToolError: result?.isError === true,
        runId: observed.runId,
        args: observed.args ? args : undefined,
        result: observed.result ? result : undefined,
      })
      return outcome
    },
    async ping({ requestMs, signal }) {
      using deadline = startDeadline(signal, [{ name: 'requestMs', ms: requestMs }])
      await answered('ping', deadline, (operation) => request(operation, {}, deadline))
    },
    onOutput: (listener) => listen(outputs, listener),
    onToolsChanged: (listener) => listen(toolsChangedListeners, listener),
    onClose: (listener) => listen(closeListeners, listener),
    close() {
      isDead = true
      markClosed()
      ending ??= connection.end()
      return ending
    },
  }
  return session

  function closedError(): RegistryError {
    const how = transport.end ? `: ${transport.end.words}` : ''
    return new RegistryError('CONNECT_FAILED', `The session was closed before the request was sent${how}`, {
      retryable: true,
    })
  }
}

/** Null and the empty text end the list. Anything else that is no text would end it as well, silently: PROTOCOL_ERROR. */
function nextCursorOf({ nextCursor = null }: JsonObject): string | undefined {
  if (nextCursor === null || nextCursor === '') return undefined
  if (typeof nextCursor === 'string') return nextCursor
  const message = `The answer to tools/list: /nextCursor: expected a string, got ${kindOf(nextCursor)}`
  throw new RegistryError('PROTOCOL_ERROR', message)
}

function listen<Listener>(listeners: Set<Listener>, listener: Listener): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
