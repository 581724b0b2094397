import { startDeadline } from '../../base/deadline.ts'
import { isRegistryError } from '../../base/errors.ts'
import type { AuthorizerWaits } from '../authorizer-waits.ts'
import { AuthorizationError, HttpStatusError } from '../http/http-errors.ts'
import { withRetryAfter } from '../http/retry-after.ts'
import { RpcError } from '../rpc-error.ts'
import type { ModernChannel } from './channel.ts'
import { type ClassifyOptions, classify, type ProbeAnswer, type Verdict } from './classify.ts'
import { createEnvelopes, type EnvelopeOptions } from './envelope.ts'
import { startSilenceLimit } from './silence-limit.ts'

export interface ProbeOptions extends ClassifyOptions, EnvelopeOptions {
  /** How long the server may take to answer, in ms; undefined for as long as the dial may take. */
  readonly limitMs: number | undefined
  /** The waits for the server's authorizer, if it has one: they say nothing of the server. */
  readonly waits?: AuthorizerWaits | undefined
  /** The dial's deadline, by `performance.now()`: a busy server is not asked again beyond it. */
  readonly deadlineAt: number
  readonly signal: AbortSignal
}

/** What a server of unknown era is. `cause` is the error that it answered with, if any. */
export interface Probed {
  readonly verdict: Exclude<Verdict, { kind: 'ASK_AGAIN' }>
  readonly cause: unknown
}

const method = 'server/discover'

function answerOf(error: unknown): ProbeAnswer {
  if (error instanceof RpcError) {
    const { code, message, data, status } = error
    return { kind: 'RPC_ERROR', code, message, data, status }
  }
  if (error instanceof HttpStatusError) {
    const { status, lacksAnswer = false } = error.details
    return lacksAnswer ? { kind: 'NO_ANSWER' } : { kind: 'STATUS', status }
  }
  if (error instanceof AuthorizationError) return { kind: 'UNAUTHORIZED' }
  return isRegistryError(error, 'PROTOCOL_ERROR') ? { kind: 'NO_ANSWER' } : { kind: 'SILENCE' }
}

/**
 * Asks a server by `server/discover` which era it is of. A busy server is asked again when it says so. Rejects with the
 * signal's reason alone.
 */
export async function probe(channel: ModernChannel, options: ProbeOptions): Promise<Probed> {
  const { limitMs, signal, deadlineAt, waits } = options
  const envelope = createEnvelopes(options)(method, { params: {} })

  const ask = async () => {
    const request = { method, id: channel.nextId(), ...envelope }
    if (limitMs === undefined) return await channel.request({ ...request, signal })
    using limit = waits
      ? startSilenceLimit(signal, limitMs, waits)
      : startDeadline(signal, [{ name: 'the time for server/discover', ms: limitMs }])
    return await channel.request({ ...request, signal: limit.signal })
  }

  async function once(): Promise<{ readonly answer: ProbeAnswer; readonly cause: unknown }> {
    try {
      const { result } = await withRetryAfter(ask, { deadlineAt, signal })
      return { answer: { kind: 'RESULT', result }, cause: undefined }
    } catch (cause) {
      signal.throwIfAborted()
      return { answer: answerOf(cause), cause }
    }
  }

  const first = await once()
  const verdict = classify(first.answer, options)
  if (verdict.kind !== 'ASK_AGAIN') return { verdict, cause: first.cause }
  const second = await once()
  const last = classify(second.answer, options)
  // It refuses the version that it asks for.
  if (last.kind === 'ASK_AGAIN') return { verdict: errorOf(second.answer), cause: second.cause }
  return { verdict: last, cause: second.cause }
}

function errorOf(answer: ProbeAnswer): Probed['verdict'] {
  const { code, message } = answer.kind === 'RPC_ERROR' ? answer : { code: 0, message: '' }
  return { kind: 'MODERN_ERROR', code, message }
}
