import type { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { SseError } from '@modelcontextprotocol/sdk/client/sse.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import { LoggingMessageNotificationSchema, McpError } from '@modelcontextprotocol/sdk/types.js'
import { z } from 'zod'
import { isRegistryError, RegistryError } from '../errors.ts'
import { isDeeperThan, isJsonObject, type JsonObject } from '../json.ts'
import type { ResolvedConfig } from '../servers/resolve-config.ts'
import type { McpTimeouts } from '../servers/server.ts'
import { type Deadline, startDeadline } from './deadline.ts'
import { toRegistryError, wasNeverSent, wasRefused } from './failures.ts'
import { StreamCut } from './http-transport.ts'
import type { CallOptions, CallOutcome, McpSession, SessionFacts, SessionOutput } from './session.ts'

/** As long as a timer goes: the deadlines are ours, and the SDK's own default of 60 s must not come before them. */
export const sdkTimeoutMs = 2 ** 31 - 1
const maxAnswerDepth = 200

/** A transport with what its session needs to know of it. */
export interface SdkConnection {
  readonly config: ResolvedConfig
  readonly transport: Transport
  readonly outputs: Set<(output: SessionOutput) => void>
  readonly stderrTail: readonly string[]
  /** How the other side ended, in words, where that is known. */
  readonly endReason: () => string | undefined
  /** Never rejects. */
  readonly end: () => Promise<void>
}

/** The result of any request, as it came: what it means is checked by those who use it. */
const anyResult = z.looseObject({})

function logText(data: unknown): string {
  return typeof data === 'string' ? data : JSON.stringify(data)
}

/** A session over a client of the SDK that has been initialised. */
export function createSdkSession(client: Client, link: SdkConnection, facts: SessionFacts): McpSession {
  const { config, outputs, stderrTail } = link
  let isOpen = true
  let ending: Promise<void> | undefined
  client.onclose = () => {
    isOpen = false
  }
  const onError = client.onerror
  client.onerror = (error) => {
    onError?.(error)
    // The SDK would reconnect the stream to a session that nobody initialised, and answers would never come.
    if (error instanceof SseError) void close()
  }
  client.setNotificationHandler(LoggingMessageNotificationSchema, ({ params }) => {
    const from = params.logger === undefined ? '' : `${params.logger}: `
    for (const output of outputs) output({ stream: 'LOG', text: `${params.level}: ${from}${logText(params.data)}` })
  })

  async function request(
    method: string,
    params: JsonObject,
    deadline: Deadline,
    onProgress?: CallOptions['onProgress'],
  ) {
    const result = await client.request({ method, params }, anyResult, {
      signal: deadline.signal,
      timeout: sdkTimeoutMs,
      ...(onProgress ? { onprogress: onProgress } : {}),
    })
    if (!isJsonObject(result)) throw new RegistryError('PROTOCOL_ERROR', 'The answer is no JSON object')
    return result
  }

  function lostError(cause: unknown): RegistryError {
    const how = link.endReason()
    return new RegistryError(
      'CONNECT_FAILED',
      `The connection was lost after the request had been sent${how === undefined ? '' : `: the server ${how}`}`,
      { cause, retryable: true, details: { stderrTail: [...stderrTail] } },
    )
  }

  function wasCut(error: unknown): boolean {
    return !isOpen || (error instanceof McpError && error.data instanceof StreamCut)
  }

  function deadlineError(deadline: Deadline, cause: unknown): RegistryError | undefined {
    if (deadline.endedBy?.by === 'deadline') return deadline.endedBy.error
    if (deadline.endedBy) return new RegistryError('CANCELED', 'The request was cancelled', { cause })
    return undefined
  }

  function callFailure(error: unknown, deadline: Deadline): CallOutcome {
    const ended = deadlineError(deadline, error)
    if (ended) return { kind: ended.code === 'TIMEOUT' ? 'TIMED_OUT' : 'CANCELED', error: ended }
    if (isRegistryError(error)) return { kind: 'REFUSED', error }
    if (wasCut(error)) return { kind: 'LOST', error: lostError(error) }
    const typed = toRegistryError(error, config, [...stderrTail])
    if (wasNeverSent(error)) {
      isOpen = false
      return { kind: 'NOT_SENT', error: typed }
    }
    if (error instanceof McpError || wasRefused(error)) return { kind: 'REFUSED', error: typed }
    return { kind: 'LOST', error: typed }
  }

  function close(): Promise<void> {
    isOpen = false
    ending ??= link.end()
    return ending
  }

  return {
    facts,
    stderrTail,
    get isOpen() {
      return isOpen
    },
    async listTools(cursor, timeouts, signal) {
      using deadline = startDeadline(signal, requestDeadlines(timeouts))
      let answer: JsonObject
      try {
        answer = await request('tools/list', cursor === undefined ? {} : { cursor }, deadline)
      } catch (error) {
        const ended = deadlineError(deadline, error)
        if (ended) throw ended
        if (wasCut(error)) throw lostError(error)
        if (wasNeverSent(error)) isOpen = false
        throw toRegistryError(error, config, [...stderrTail])
      }
      const { tools, nextCursor } = answer
      if (!Array.isArray(tools)) {
        throw new RegistryError('PROTOCOL_ERROR', 'The answer to tools/list has no list `tools`')
      }
      return { tools, nextCursor: typeof nextCursor === 'string' && nextCursor !== '' ? nextCursor : undefined }
    },
    async callTool(name, args, { timeouts, signal, onProgress }) {
      using deadline = startDeadline(signal, requestDeadlines(timeouts))
      if (!isOpen) return { kind: 'NOT_SENT', error: lostError(undefined) }
      if (deadline.endedBy) return callFailure(undefined, deadline)
      try {
        const result = await request('tools/call', { name, arguments: args }, deadline, (progress) => {
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
        return callFailure(error, deadline)
      }
    },
    onOutput(listener) {
      outputs.add(listener)
      return () => outputs.delete(listener)
    },
    close,
  }
}

function requestDeadlines({ requestMs, maxTotalMs }: McpTimeouts) {
  return [
    { name: 'requestMs', ms: requestMs },
    { name: 'maxTotalMs', ms: maxTotalMs },
  ]
}
