import { CollectedBytes } from '../incoming/collected-bytes.ts'
import type { Frame } from '../incoming/frame.ts'
import { freeing, freeLargeBuffers } from '../incoming/large-buffers.ts'
import { MessageGauge } from '../incoming/message-gauge.ts'
import { Pauses, type Source } from '../incoming/pauses.ts'
import { createQueue } from '../incoming/queue.ts'
import type { SessionLimits } from '../limits.ts'
import { createEventStream, type StreamEvent } from './event-stream.ts'

/** Takes the bytes of an answer. */
export interface Sink {
  push(chunk: Buffer): void
  end(): void
  /** Ends it, and drops the bytes that came. */
  drop(): void
}

export interface EventListeners {
  /**
   * Gets each event, and calls `release` for its part of the budgets. The next event waits for the promise, if any; a
   * rejection ends the exchange.
   */
  readonly onEvent: (event: StreamEvent, release: () => void) => Promise<void> | undefined
  readonly onRetry: (ms: number) => void
  /** Whether silence ends the stream: no request waits on it, and it can be opened anew. */
  readonly endsInSilence: boolean
}

export interface SinkDeps {
  readonly limits: SessionLimits
  /** The source of the bytes. */
  readonly source: Source
  readonly onFailed: (error: Error) => void
}

const nothing = () => undefined

const tooLong = ({ meter }: SessionLimits) => meter.exceeded('messageBytes', { what: 'A message of the server' })

/** Keeps the first `maxBytes` bytes; then it is finished, and `onFull` ends the rest. */
export function createHeadSink(maxBytes: number, onFinished: (head: Frame) => void, onFull: () => void): Sink {
  const bytes = new CollectedBytes(maxBytes)
  let isFinished = false
  function finish(): void {
    if (isFinished) return
    isFinished = true
    const { size } = bytes
    onFinished({ parts: bytes.take(), size, release: nothing })
  }
  return {
    push(chunk) {
      if (isFinished) return
      bytes.add(chunk.subarray(0, maxBytes - bytes.size))
      if (bytes.size < maxBytes) return
      finish()
      onFull()
    },
    end: finish,
    drop: nothing,
  }
}

/** Collects one whole message. */
export function createBodySink(
  { limits, source, onFailed }: SinkDeps,
  expectedBytes: number | undefined,
  onFinished: (body: Frame) => void,
): Sink {
  const { messageBytes } = limits.meter.budgets
  const bytes = new CollectedBytes(Math.min(messageBytes, expectedBytes ?? messageBytes))
  // Most messages are too short to need a gauge.
  let gauge: MessageGauge | undefined
  const leastLarge = limits.readingSteps[0]?.beyondBytes ?? messageBytes
  return {
    push(chunk) {
      if (bytes.size + chunk.length > messageBytes) {
        onFailed(tooLong(limits))
        return
      }
      bytes.add(chunk)
      if (bytes.size <= leastLarge) return
      gauge ??= new MessageGauge({ limits, pauses: new Pauses(source), onTooSlow: onFailed })
      gauge.grewTo(bytes.size, expectedBytes)
    },
    end() {
      const { size } = bytes
      const parts = bytes.take()
      onFinished({ parts, size, release: freeing(parts, gauge?.complete() ?? nothing) })
    },
    drop() {
      freeLargeBuffers(bytes.take())
      gauge?.end()
    },
  }
}

type Item = { readonly event: StreamEvent; readonly release: () => void } | { readonly ignored: number }

/** Hands events over one by one, and keeps the source paused while they wait. */
export function createEventSink(
  { limits, source, onFailed }: SinkDeps,
  { onEvent, onRetry }: EventListeners,
  onFinished: () => void,
): Sink {
  const pauses = new Pauses(source)
  const gauge = new MessageGauge({ limits, pauses, onTooSlow: onFailed })
  const queue = createQueue<Item>({
    pauses,
    // Ignored bytes stop the reading until they are paid for.
    bytesOf: (item) => ('event' in item ? item.event.size : Number.POSITIVE_INFINITY),
    work: (item) => ('event' in item ? onEvent(item.event, item.release) : limits.rate.charge(item.ignored / 1_024)),
    drop: (item) => ('event' in item ? item.release() : undefined),
    onFailed: (error) => onFailed(error instanceof Error ? error : new Error(String(error))),
  })
  const stream = createEventStream(limits.meter.budgets.messageBytes, {
    onEvent: (event) => queue.push({ event, release: freeing(event.parts, gauge.complete()) }),
    onGrowth: (bytes) => gauge.grewTo(bytes),
    onRetry,
    onIgnored: (bytes) => queue.push({ ignored: bytes }),
    onTooLong: () => onFailed(tooLong(limits)),
  })
  return {
    push: stream.push,
    end() {
      gauge.end()
      // Events that came before the end count.
      void queue.idle().then(onFinished)
    },
    drop() {
      gauge.end()
      queue.clear()
    },
  }
}
