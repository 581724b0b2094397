import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js'
import type { RegistryError } from '../../errors.ts'
import { countValues, isDeeperThan, type JsonValue } from '../../json.ts'
import { parseInPieces } from '../../json-in-pieces.ts'
import type { SessionLimits } from '../limits.ts'
import { answerMessage, notificationMessage, sortMessage } from '../messages.ts'
import { type Frame, headOf, textOf, wholeOf } from './frame.ts'
import { createServerRequests } from './server-requests.ts'

/** Longer messages are parsed in pieces. */
const wholeBytes = 256 * 1024
/** Of a text that is no message. Its secrets are removed before it is cut to what is told, so it is longer than that. */
const quotedBytes = 1_024
/** Deeper than any answer may be, with what stands around it. */
const maxDepth = 256
/** What a server may say of itself. */
const maxInitializeValues = 10_000
const maxInitializeDepth = 64

/** Requests of this side that have no answer yet. */
export interface AwaitedRequests {
  methodOf(id: number): string | undefined
  /** Called before the answer is handed over. */
  answered(id: number): void
}

export interface IncomingOptions {
  readonly limits: SessionLimits
  readonly awaited: AwaitedRequests
  readonly onMessage: (message: JSONRPCMessage) => void
  /** Hears of what breaks the protocol; the session goes on. */
  readonly onFault: (error: Error) => void
  /** Sends the answer to a request of the server, and resolves once the server has it. */
  readonly send: (answer: JSONRPCMessage) => Promise<void>
  /** Hears that answers to requests of the server do not go out. */
  readonly onStuck: (error: RegistryError) => void
}

/**
 * Stands between the bytes of a server and the SDK: what it lets through is known, short where nobody asked for it, and
 * not more than the budgets say.
 */
export interface Incoming {
  /**
   * Reads one message, or a batch (MCP 2025-03-26), and resolves once the next may be read. What is no message is a
   * fault, and the rest of it is taken. Rejects with LIMIT_EXCEEDED or PROTOCOL_ERROR for a message over a budget.
   */
  read(frame: Frame): Promise<void>
  /** Counts bytes that belong to no message. */
  ignore(bytes: number): Promise<void>
  close(): void
}

interface Parsed {
  readonly value: JsonValue
  readonly fill?: (maxCharacters: number) => Promise<void>
}

export function createIncoming(options: IncomingOptions): Incoming {
  const { limits, awaited, onMessage, onFault, send, onStuck } = options
  const { meter, rate } = limits
  const { messageValues, textBytes } = meter.budgets
  const requests = createServerRequests({ meter, send, onRefused: onFault, onStuck })
  const atOnceBytes = Math.min(wholeBytes, 2 * messageValues)

  const tooMany = () => meter.exceeded('messageValues', { what: 'A message of the server' })

  async function parse(frame: Frame): Promise<Parsed> {
    if (frame.size <= atOnceBytes) {
      const value: JsonValue = JSON.parse(textOf(frame))
      return { value }
    }
    return await parseInPieces(wholeOf(frame), { maxValues: messageValues, maxDepth, tooMany })
  }

  /** A result that is waited for may be as long as a message; everything else is cut. */
  const isWanted = (value: JsonValue) => {
    const message = sortMessage(value)
    if (message?.kind !== 'ANSWER') return false
    const method = awaited.methodOf(message.id)
    return method !== undefined && method !== 'initialize' && 'result' in message.outcome
  }

  async function take(value: JsonValue, bytes: number, quote: () => string): Promise<void> {
    const message = sortMessage(value)
    const method = message?.kind === 'ANSWER' ? awaited.methodOf(message.id) : undefined
    if (message?.kind === 'ANSWER' && method !== undefined) {
      if (method === 'initialize') assertIntroduction(value)
      awaited.answered(message.id)
      onMessage(answerMessage(message.id, method, message.outcome, textBytes))
      return
    }
    if (message?.kind === 'REQUEST') await requests.answer(message.id, message.method)
    else if (message?.kind === 'NOTIFICATION') {
      const { method: about, params } = message
      const known = notificationMessage(about, params, (id) => awaited.methodOf(id) !== undefined)
      if (known) onMessage(known)
      else if (about === 'notifications/progress')
        onFault(new Error('Received progress of no request that is waited for'))
    } else if (message) onFault(new Error('Received an answer to no request that is waited for'))
    else onFault(new Error(`Expected a JSON-RPC message, got other JSON: ${quote()}`))
    await rate.charge(1 + bytes / 1_024)
  }

  /** The SDK checks it member by member. */
  function assertIntroduction(value: JsonValue): void {
    if (isDeeperThan(value, maxInitializeDepth) || countValues(value, maxInitializeValues) > maxInitializeValues) {
      throw meter.exceeded('messageValues', { what: 'The answer to initialize', code: 'PROTOCOL_ERROR' })
    }
  }

  async function takeAll(frame: Frame): Promise<void> {
    const quote = () => headOf(frame, quotedBytes)
    let parsed: Parsed
    try {
      parsed = await parse(frame)
    } catch (cause) {
      if (!(cause instanceof SyntaxError)) throw cause
      onFault(new Error(`Expected a JSON-RPC message, got text that is no JSON: ${quote()}`, { cause }))
      await rate.charge(1 + frame.size / 1_024)
      return
    }
    const { value, fill } = parsed
    const values = Array.isArray(value) && value.length > 0 ? value : [value]
    await fill?.(values.some(isWanted) ? Number.POSITIVE_INFINITY : textBytes)
    for (const each of values) await take(each, frame.size / values.length, quote)
  }

  return {
    async read(frame) {
      try {
        await takeAll(frame)
      } finally {
        frame.release()
      }
    },
    ignore: (bytes) => rate.charge(bytes / 1_024),
    close: () => requests.close(),
  }
}
