import type { RegistryError } from '../../base/errors.ts'
import { countValues, isDeeperThan, type JsonObject, type JsonValue } from '../../base/json.ts'
import { NestedTooDeep, parseInPieces } from '../../base/json-in-pieces.ts'
import type { JsonRpcMessage, RequestId } from '../json-rpc.ts'
import type { IdPlace, RepeatedPage } from '../known-pages.ts'
import type { SessionLimits } from '../limits.ts'
import { isListMethod } from '../list-page.ts'
import {
  answeredId,
  answerMessage,
  idInCancellation,
  knownAnswer,
  notificationMessage,
  type ServerMessage,
  sortMessage,
} from '../messages.ts'
import type { AnswerAsk } from '../transport.ts'
import { type Frame, headOf, tailOf, textOf, wholeOf } from './frame.ts'
import { createServerRequests, type ServerRequests } from './server-requests.ts'

/** Shortest page of a list that is worth to be remembered, in bytes. */
const leastPageBytes = 2 * 1024
/** As `idAtHead` and `idAtTail`, with what stands around the digits of a number. */
const digitsAtHead = /^(\s*\{\s*(?:"jsonrpc"\s*:\s*"2\.0"\s*,\s*)?"id"\s*:\s*)(\d+)\s*,/
const digitsAtTail = /,\s*"id"\s*:\s*(\d+)(\s*(?:,\s*"jsonrpc"\s*:\s*"2\.0"\s*)?\}\s*)$/
/** Longest message that is parsed in one piece, in bytes. */
const wholeBytes = 256 * 1024
/**
 * Quoted bytes of a text that is not a message. Longer than the report, which is cut only after its secrets are
 * removed.
 */
const quotedBytes = 1_024
/** Bytes at the beginning and end of a message in which its id is looked for. */
const idBytes = 256
/** The id of an answer that cannot be parsed: as its first or second member, or as its last. */
const idAtHead = /^\s*\{\s*(?:"jsonrpc"\s*:\s*"2\.0"\s*,\s*)?"id"\s*:\s*"?(\d+)"?\s*,/
const idAtTail = /,\s*"id"\s*:\s*"?(\d+)"?\s*(?:,\s*"jsonrpc"\s*:\s*"2\.0"\s*)?\}\s*$/
/** Deepest nesting of a message: more than any answer may have, with the members around it. */
const maxDepth = 256
/** Bounds of the answer to initialize. */
const maxInitializeValues = 10_000
const maxInitializeDepth = 64

/** Methods by which a server introduces itself, in either era. */
const isIntroduction = (method: string) => method === 'initialize' || method === 'server/discover'

/** Our requests without an answer so far. */
export interface AwaitedRequests {
  methodOf(id: number): string | undefined
  /** Called before the answer is handed over. */
  answered(id: number): void
}

export interface IncomingOptions {
  readonly limits: SessionLimits
  readonly awaited: AwaitedRequests
  readonly onMessage: (message: JsonRpcMessage) => void
  /** Called for a message that breaks the protocol; the session goes on. */
  readonly onFault: (error: Error) => void
  /** Sends the answer to a request of the server; resolves once the server has it. */
  readonly send: (answer: JsonRpcMessage) => Promise<void>
  /** Answers requests of the server beside pings. @default knows none */
  readonly onAsk?: AnswerAsk
  /** Called when answers to requests of the server cannot be delivered. */
  readonly onStuck: (error: RegistryError) => void
}

/**
 * Stands between the bytes of a server and its session: lets only known messages through, no more than the budgets allow,
 * and only short ones, except results of requests.
 */
export interface Incoming {
  /**
   * Reads one message, or a batch (MCP 2025-03-26). Resolves once the next may be read; undefined if it may at once. A
   * value that is not a message is a fault, and the rest of its batch is taken.
   * @param relatedTo The request of ours on whose stream it came, if the transport can tell.
   * @throws LIMIT_EXCEEDED, PROTOCOL_ERROR for a message over a budget.
   */
  read(frame: Frame, relatedTo?: RequestId): Promise<void> | undefined
  /** Counts bytes that belong to no message. */
  ignore(bytes: number): Promise<void>
  close(): void
}

export const createIncoming = (options: IncomingOptions): Incoming => new MessageReader(options)

class MessageReader implements Incoming {
  readonly #options: IncomingOptions
  readonly #requests: ServerRequests
  readonly #textBytes: number
  /** Longer messages are parsed in pieces. Shorter ones cannot have more values than the budget, or take long. */
  readonly #wholeBytes: number

  constructor(options: IncomingOptions) {
    const { limits, onFault, send, onStuck, onAsk = () => undefined } = options
    const { meter } = limits
    this.#options = options
    this.#requests = createServerRequests({ meter, onAsk, send, onRefused: onFault, onStuck })
    this.#textBytes = meter.budgets.textBytes
    this.#wholeBytes = Math.min(wholeBytes, 2 * meter.budgets.messageValues)
  }

  read(frame: Frame, relatedTo?: RequestId): Promise<void> | undefined {
    if (frame.size > this.#wholeBytes) return this.#takeLarge(frame, relatedTo)
    // A message this short holds no part of a budget.
    frame.release()
    const page = this.#pageOf(frame)
    if (page?.repeated?.known) {
      this.#takeKnown(page.id, page.repeated.known.rest, page.repeated)
      return undefined
    }
    let value: JsonValue
    try {
      value = JSON.parse(textOf(frame))
    } catch (cause) {
      return this.#takeBroken(frame, cause)
    }
    // Most messages are one answer, after which there is nothing to wait for.
    if (!Array.isArray(value) && this.#takeAnswer(sortMessage(value), value, frame.size, page)) return undefined
    return this.#takeValues(valuesOf(value), frame, relatedTo)
  }

  ignore(bytes: number): Promise<void> {
    return this.#options.limits.rate.charge(bytes / 1_024)
  }

  close(): void {
    this.#requests.close()
  }

  /** Takes the answer to a pending request; answers whether it was one. */
  #takeAnswer(message: ServerMessage | undefined, value: JsonValue, bytes: number, page?: PageAnswer): boolean {
    const { awaited, onMessage } = this.#options
    const method = this.#answeredMethod(message)
    if (message?.kind !== 'ANSWER' || method === undefined) return false
    if (isIntroduction(method)) this.#assertIntroduction(value, method)
    awaited.answered(message.id)
    const repeated = page?.id === message.id ? page.repeated : undefined
    onMessage(answerMessage(message.id, method, message.outcome, { bytes, textBytes: this.#textBytes }, repeated))
    return true
  }

  /** The page of a list that the bytes are, if they name a request for one where such messages do. */
  #pageOf(frame: Frame): PageAnswer | undefined {
    const { limits, awaited } = this.#options
    if (!limits.pages || frame.size < leastPageBytes) return undefined
    const place = idPlaceIn(frame)
    const method = place && awaited.methodOf(place.id)
    if (!place || !isListMethod(method)) return undefined
    return { id: place.id, repeated: limits.pages.see(frame, place, `${limits.tenantId} ${method}`) }
  }

  #takeKnown(id: number, rest: JsonObject, repeated: RepeatedPage): void {
    const { awaited, onMessage } = this.#options
    awaited.answered(id)
    onMessage(knownAnswer(id, rest, repeated.frame.size, repeated))
  }

  /** The method of the request that a message answers. */
  #answeredMethod(message: ServerMessage | undefined): string | undefined {
    return message?.kind === 'ANSWER' ? this.#options.awaited.methodOf(message.id) : undefined
  }

  /** Bounds how a server introduces itself, which is checked member by member. */
  #assertIntroduction(value: JsonValue, method: string): void {
    if (isDeeperThan(value, maxInitializeDepth) || countValues(value, maxInitializeValues) > maxInitializeValues) {
      const { meter } = this.#options.limits
      throw meter.exceeded('messageValues', { what: `The answer to ${method}`, code: 'PROTOCOL_ERROR' })
    }
  }

  async #takeOther(
    message: ServerMessage | undefined,
    bytes: number,
    quote: () => string,
    relatedTo: RequestId | undefined,
  ): Promise<void> {
    const { limits, awaited, onMessage, onFault } = this.#options
    if (message?.kind === 'REQUEST') await this.#requests.answer(message, relatedTo)
    else if (message?.kind === 'NOTIFICATION') {
      const { method, params } = message
      const withdrawn = idInCancellation(method, params)
      if (withdrawn !== undefined) this.#requests.withdraw(withdrawn)
      const known = notificationMessage(method, params, (id) => awaited.methodOf(id) !== undefined)
      if (known) onMessage(known)
      else if (method === 'notifications/progress')
        onFault(new Error('Received progress for a request that is not pending'))
    } else if (message) onFault(new Error('Received an answer to a request that is not pending'))
    else onFault(new Error(`Expected a JSON-RPC message, got other JSON: ${quote()}`))
    await limits.rate.charge(1 + bytes / 1_024)
  }

  async #takeValues(values: readonly JsonValue[], frame: Frame, relatedTo: RequestId | undefined): Promise<void> {
    const quote = () => headOf(frame, quotedBytes)
    for (const value of values) {
      const message = sortMessage(value)
      const bytes = frame.size / values.length
      if (!this.#takeAnswer(message, value, bytes)) await this.#takeOther(message, bytes, quote, relatedTo)
    }
  }

  async #takeLarge(frame: Frame, relatedTo: RequestId | undefined): Promise<void> {
    const { meter } = this.#options.limits
    const { messageValues: maxValues } = meter.budgets
    const tooMany = () => meter.exceeded('messageValues', { what: 'A message of the server' })
    try {
      const parsed = await parseInPieces(wholeOf(frame), { maxValues, maxDepth, tooMany })
      const isAnyWanted = valuesOf(parsed.value).some((value) => this.#isWanted(value))
      await parsed.fill(isAnyWanted ? Number.POSITIVE_INFINITY : this.#textBytes)
      await this.#takeValues(valuesOf(parsed.value), frame, relatedTo)
    } catch (error) {
      await this.#takeBroken(frame, error)
    } finally {
      frame.release()
    }
  }

  /** The result of a pending request may be as long as a message; everything else is cut. */
  #isWanted(value: JsonValue): boolean {
    const message = sortMessage(value)
    const method = this.#answeredMethod(message)
    return method !== undefined && !isIntroduction(method) && message?.kind === 'ANSWER' && 'result' in message.outcome
  }

  async #takeBroken(frame: Frame, cause: unknown): Promise<void> {
    if (!(cause instanceof SyntaxError)) throw cause
    const { limits, onFault } = this.#options
    const isDeep = cause instanceof NestedTooDeep
    const isTaken = this.#failUnparsed(frame, isDeep ? `is nested more than ${maxDepth} deep` : 'is not valid JSON')
    if (isDeep && isTaken) return
    const head = headOf(frame, quotedBytes)
    onFault(new Error(`Expected a JSON-RPC message, got invalid JSON: ${head}`, { cause }))
    await limits.rate.charge(1 + frame.size / 1_024)
  }

  /** Fails the request whose answer cannot be parsed; answers whether there is one. */
  #failUnparsed(frame: Frame, fault: string): boolean {
    const { awaited, onMessage } = this.#options
    const found = idAtHead.exec(headOf(frame, idBytes)) ?? idAtTail.exec(tailOf(frame, idBytes))
    const id = answeredId(found?.[1])
    const method = id === undefined ? undefined : awaited.methodOf(id)
    if (id === undefined || method === undefined) return false
    awaited.answered(id)
    onMessage(answerMessage(id, method, { fault }, { bytes: frame.size, textBytes: this.#textBytes }))
    return true
  }
}

/** A page of a list, as far as its bytes tell. */
interface PageAnswer {
  /** That of the request. */
  readonly id: number
  readonly repeated: RepeatedPage | undefined
}

/** Where a message has the id of its request, as a number; undefined if that is elsewhere, or anything else. */
function idPlaceIn(frame: Frame): (IdPlace & { readonly id: number }) | undefined {
  // One character for each byte.
  const head = digitsAtHead.exec(headOf(frame, idBytes, 'latin1'))
  if (head) return placeOf(head[1]?.length ?? 0, head[2] ?? '')
  const tail = digitsAtTail.exec(tailOf(frame, idBytes, 'latin1'))
  if (!tail) return undefined
  const digits = tail[1] ?? ''
  return placeOf(frame.size - (tail[2]?.length ?? 0) - digits.length, digits)
}

/** Undefined for digits that no number of ours is written with. */
function placeOf(start: number, digits: string): (IdPlace & { readonly id: number }) | undefined {
  const id = Number(digits)
  return String(id) === digits ? { start, end: start + digits.length, id } : undefined
}

/** The messages of a batch, or the one message. */
const valuesOf = (value: JsonValue): readonly JsonValue[] =>
  Array.isArray(value) && value.length > 0 ? value : [value]
