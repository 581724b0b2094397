import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { slices } from '@toolyard/core/internal/slices'
import type { ExecutionResult } from 'graphql'
import type { Exchange } from '../context/context.ts'
import { jsonPieces } from '../execution/json-pieces.ts'

/** Answers that are longer are sent in pieces, never as one text, in bytes. */
const longAnswer = 1_048_576

export interface AnswerWriting {
  /** The media type. */
  readonly type: string
  readonly exchange: Exchange
}

/** Sends the whole body of an answer. */
export function endAnswer(response: ServerResponse, text: string, exchange: Exchange): void {
  response.end(text)
  // Nearly always the kernel takes the whole answer at once.
  if (response.socket?.writableLength !== 0) exchange.sending()
}

/** Sends a result without errors, in pieces as fast as the client reads if it is long. */
export async function writeAnswer(
  response: ServerResponse,
  result: ExecutionResult,
  { type, exchange }: AnswerWriting,
): Promise<void> {
  const contentType = `${type}; charset=utf-8`
  if ((exchange.bytes ?? 0) <= longAnswer) {
    const text = JSON.stringify(result)
    const headers = { 'content-type': contentType, 'content-length': Buffer.byteLength(text) }
    endAnswer(response.writeHead(200, headers), text, exchange)
    return
  }
  exchange.sending()
  response.writeHead(200, { 'content-type': contentType })
  const { signal } = exchange
  try {
    for (const piece of jsonPieces(result)) {
      if (!response.write(piece)) await once(response, 'drain', { signal })
      const turn = slices.turn()
      if (turn) await turn
    }
  } catch (error) {
    if (signal.aborted) return
    throw error
  }
  response.end()
}
