import type { Deadline } from '../../base/deadline.ts'
import { isRegistryError } from '../../base/errors.ts'
import type { JsonObject } from '../../base/json.ts'
import type { InputAnswer, InputRequest } from '../../model/input-request.ts'
import { type InputBorder, isDeclared, readInputRequest } from '../input-asked.ts'
import type { RequestId } from '../json-rpc.ts'
import { RpcError } from '../rpc-error.ts'
import { type CallInput, requestDone } from '../session.ts'
import type { ServerAsk } from '../transport.ts'

const invalidRequest = -32600
const invalidParams = -32602
/** MCP 2025-11-25, sampling: error handling. */
const rejectedByUser = -1

interface CallInFlight {
  readonly input: CallInput
  readonly deadline: Deadline
  /** Requests of the server that wait. */
  open: number
}

interface OpenUrl {
  readonly elicitationId: string
  readonly done: AbortController
}

/** The answer as the server gets it (MCP 2025-11-25, elicitation and sampling). */
function resultOf({ kind }: InputRequest, { action, content }: InputAnswer): JsonObject {
  if (kind !== 'SAMPLING') return { action: action.toLowerCase(), ...(content ? { content } : {}) }
  if (action === 'ACCEPT' && content) return content
  throw new RpcError(rejectedByUser, 'User rejected sampling request')
}

/** What the server gets of a failure: only that it has asked for too much, or for what cannot be asked. */
function refusal(error: unknown): unknown {
  const isItsFault = isRegistryError(error, 'LIMIT_EXCEEDED') || isRegistryError(error, 'PROTOCOL_ERROR')
  return isItsFault ? new RpcError(invalidParams, error.message) : error
}

/** The calls of a session that have no answer yet, and what their server asks for meanwhile. */
export class CallsInFlight {
  readonly #border: InputBorder
  readonly #calls = new Map<RequestId, CallInFlight>()
  readonly #urls = new Set<OpenUrl>()

  constructor(border: InputBorder) {
    this.#border = border
  }

  /** The deadline is held while the server waits for an answer. */
  add(id: RequestId, input: CallInput, deadline: Deadline): void {
    this.#calls.set(id, { input, deadline, open: 0 })
  }

  delete(id: RequestId): void {
    this.#calls.delete(id)
  }

  /** Answers a request of the server; undefined for one that it was not told that it may send. */
  answer(ask: ServerAsk): Promise<JsonObject> | undefined {
    const { inputPolicy } = this.#border
    if (!isDeclared(ask.method, inputPolicy)) return undefined
    return inputPolicy === 'DECLINE' ? Promise.resolve({ action: 'decline' }) : this.#ask(ask)
  }

  /** The server says that what a person had to do in the browser is done. */
  complete(elicitationId: string): void {
    for (const url of this.#urls) if (url.elicitationId === elicitationId) url.done.abort(requestDone)
  }

  async #ask({ method, params, relatedTo, signal }: ServerAsk): Promise<JsonObject> {
    const call = this.#callOf(relatedTo)
    let request: InputRequest
    try {
      request = readInputRequest('', method, params, this.#border)
    } catch (error) {
      throw refusal(error)
    }
    call.open += 1
    const goOn = call.deadline.hold()
    const done = new AbortController()
    const url = 'elicitationId' in request ? { elicitationId: request.elicitationId, done } : undefined
    if (url) this.#urls.add(url)
    try {
      const answer = await call.input.ask(request, AbortSignal.any([signal, done.signal]))
      return resultOf(request, answer)
    } catch (error) {
      throw refusal(error)
    } finally {
      if (url) this.#urls.delete(url)
      call.open -= 1
      goOn()
    }
  }

  /**
   * The call that a request is about. Over stdio and SSE the server cannot say: then it is the one that has waited longest
   * without a question, if the same caller started all of them.
   */
  #callOf(relatedTo: RequestId | undefined): CallInFlight {
    const related = relatedTo === undefined ? undefined : this.#calls.get(relatedTo)
    if (related) return related
    const calls = [...this.#calls.values()]
    const [first] = calls
    if (!first) throw new RpcError(invalidRequest, 'No call is in flight that could wait for input')
    if (calls.some(({ input }) => input.actor !== first.input.actor)) {
      throw new RpcError(
        invalidRequest,
        'Calls of several callers are in flight, and the request does not say which it is about',
      )
    }
    return calls.find(({ open }) => open === 0) ?? first
  }
}
