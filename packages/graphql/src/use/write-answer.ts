import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import type { ExecutionResult } from 'graphql'
import type { Exchange } from '../context.ts'
import { jsonPieces } from '../http/json-pieces.ts'
import { measureAnswer } from '../limits/measure-answer.ts'
import type { TakeTurn } from './loop-turns.ts'

/** Longer answers are never a text as a whole, in bytes. */
const longAnswer = 1_048_576

export interface AnswerWriting {
  /** The media type. */
  readonly type: string
  readonly exchange: Exchange
  readonly takeTurn: TakeTurn
}

/** Sends a result without errors: whole, or in pieces as fast as the client reads. */
export async function writeAnswer(
  response: ServerResponse,
  result: ExecutionResult,
  { type, exchange, takeTurn }: AnswerWriting,
): Promise<void> {
  const contentType = `${type}; charset=utf-8`
  exchange.sending()
  if (measureAnswer(result.data, longAnswer) <= longAnswer) {
    const text = JSON.stringify(result)
    const headers = { 'content-type': contentType, 'content-length': Buffer.byteLength(text) }
    response.writeHead(200, headers).end(text)
    return
  }
  response.writeHead(200, { 'content-type': contentType })
  const { signal } = exchange
  try {
    for (const piece of jsonPieces(result)) {
      if (!response.write(piece)) await once(response, 'drain', { signal })
      const turn = takeTurn()
      if (turn) await turn
    }
  } catch (error) {
    if (signal.aborted) return
    throw error
  }
  response.end()
}
