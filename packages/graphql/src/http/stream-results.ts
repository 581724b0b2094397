import { Readable } from 'node:stream'
import { slices } from '@toolyard/core/internal/slices'
import type { ExecutionResult } from 'graphql'
import { isAsyncIterable, type Plugin, processRegularResult } from 'graphql-yoga'
import type { Arrival } from '../context/arrival.ts'
import { withoutStatus } from '../errors/redact.ts'
import { jsonPieces } from '../execution/json-pieces.ts'
import type { SharedResult } from '../execution/shared-results.ts'
import type { LimitMeter } from '../limits/limit-meter.ts'
import { measureAnswer } from '../limits/measure-answer.ts'

/** Longest interval between comments without events, in ms: proxies close idle connections. */
const maxCommentMs = 12_000
const headers = {
  'Content-Type': 'text/event-stream',
  Connection: 'keep-alive',
  'Cache-Control': 'no-cache',
  'Content-Encoding': 'none',
}
const comment = ':\n\n'

function piecesOf(result: ExecutionResult | SharedResult): Iterable<string> {
  if ('pieces' in result) return result.pieces()
  const { errors } = result
  return jsonPieces(errors ? { ...result, errors: errors.map(withoutStatus) } : result)
}

async function* inTurns(pieces: Iterable<string>): AsyncGenerator<string, void, undefined> {
  for (const piece of pieces) {
    yield piece
    const turn = slices.turn()
    if (turn) await turn
  }
}

/** Returns the next step, or undefined after `ms` without one. */
async function within<Step>(ms: number, next: Promise<Step>): Promise<Step | undefined> {
  const { promise, resolve } = Promise.withResolvers<undefined>()
  const timer = setTimeout(resolve, ms, undefined)
  try {
    return await Promise.race([next, promise])
  } finally {
    clearTimeout(timer)
  }
}

async function* events(
  results: AsyncIterator<ExecutionResult>,
  commentMs: number,
): AsyncGenerator<string, void, undefined> {
  // Browsers open the stream only once bytes arrive.
  yield comment
  for (;;) {
    const next = results.next()
    let step = await within(commentMs, next)
    while (step === undefined) {
      yield comment
      step = await within(commentMs, next)
    }
    if (step.done) break
    yield 'event: next\ndata: '
    yield* inTurns(piecesOf(step.value))
    yield '\n\n'
  }
  yield 'event: complete\ndata:\n\n'
}

/** Creates a body that is made no faster than its client reads it. */
const streamOf = (pieces: AsyncIterable<string>) => Readable.from(pieces, { objectMode: false, highWaterMark: 0 })

/** Closes `results` when the stream ends, as when its client disconnects. */
function eventStream(results: AsyncIterable<ExecutionResult>, commentMs: number): Readable {
  const iterator = results[Symbol.asyncIterator]()
  const pieces = events(iterator, commentMs)
  return streamOf({
    [Symbol.asyncIterator]: () => ({
      next: () => pieces.next(),
      async return() {
        // Before the generator, which may wait for an event that never comes.
        await iterator.return?.()
        return pieces.return()
      },
    }),
  })
}

/** Answers that are longer are sent in pieces, never as one text, in bytes. */
const longAnswer = 1_048_576

/** Writes subscriptions as event streams (graphql-sse, distinct connections), and long answers in pieces. */
export function streamResults({ limits }: LimitMeter): Plugin<object, Arrival> {
  // Several comments within `answerTimeoutMs`, after which an idle connection is closed.
  const commentMs = Math.min(maxCommentMs, limits.answerTimeoutMs / 3)
  return {
    onResultProcess({ request, result, setResult, resultProcessor, setResultProcessor }) {
      // Without a processor, the client accepts no media type that yoga offers.
      if (!resultProcessor || Array.isArray(result)) return
      const isStream = isAsyncIterable(result)
      if (!isStream && measureAnswer(result.data, longAnswer) <= longAnswer) return
      if (!isStream && resultProcessor === processRegularResult) {
        // Yoga makes a body of the returned value, which may be a Node.js stream; its types say text.
        const stringify = () => streamOf(inTurns(piecesOf(result))) as unknown as string
        setResult(Object.assign({ ...result }, { stringify }))
      } else if (isStream || request.headers.get('accept')?.includes('text/event-stream')) {
        const results = isStream ? result : once(result)
        setResultProcessor((_, fetchAPI) => {
          // As above; the types of the body are those of browsers.
          const body = eventStream(results, commentMs) as unknown as ReadableStream
          return new fetchAPI.Response(body, { headers })
        }, 'text/event-stream')
      }
    },
    onResponse({ serverContext }) {
      serverContext.exchange?.sending()
    },
  }
}

async function* once(result: ExecutionResult): AsyncGenerator<ExecutionResult, void, undefined> {
  yield result
}
