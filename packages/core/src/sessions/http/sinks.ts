import { CollectedBytes } from '../incoming/collected-bytes.ts'
import type { Frame } from '../incoming/frame.ts'
import { MessageGauge } from '../incoming/message-gauge.ts'
import { Pauses, type Source } from '../incoming/pauses.ts'
import { createQueue } from '../incoming/queue.ts'
import type { SessionLimits } from '../limits.ts'
import { createEventStream, type StreamEvent } from './event-stream.ts'

/** Where the bytes of an answer go. */
export interface Sink {
  push(chunk: Buffer): void
  end(): void
  /** Nothing more comes, and what came is not wanted. */
  drop(): void
}

export interface EventListeners {
  /** The next event waits until it resolves, if it is a promise; a rejection ends the exchange. It gives back what the event has of the budgets. */
  readonly onEvent: (event: StreamEvent, release: () => void) => Promise<void> | undefined
  readonly onRetry: (ms: number) => void
  /** Whether silence ends the stream, since no request waits on it and it can be opened anew. */
  readonly endsInSilence: boolean
}

export interface SinkDeps {
  readonly limits: SessionLimits
  /** Where the bytes come from. */
  readonly source: Source
  readonly onFailed: (error: Error) => void
}

const nothing = () => undefined

const tooLong = ({ meter }: SessionLimits) => meter.exceeded('messageBytes', { what: 'A message of the server' })

/** Keeps the beginning alone; beyond it, it is finished, and `onFull` ends the rest. */
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

/** One message as a whole. */
export function createBodySink(
  { limits, source, onFailed }: SinkDeps,
  expectedBytes: number | undefined,
  onFinished: (body: Frame) => void,
): Sink {
  const { messageBytes } = limits.meter.budgets
  const bytes = new CollectedBytes(Math.min(messageBytes, expectedBytes ?? messageBytes))
  // Most are too short to need one.
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
      onFinished({ parts: bytes.take(), size, release: gauge?.complete() ?? nothing })
    },
    drop() {
      bytes.take()
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
    // Of what is ignored, nothing more is read until it is paid for.
    bytesOf: (item) => ('event' in item ? item.event.size : Number.POSITIVE_INFINITY),
    work: (item) => ('event' in item ? onEvent(item.event, item.release) : limits.rate.charge(item.ignored / 1_024)),
    drop: (item) => ('event' in item ? item.release() : undefined),
    onFailed: (error) => onFailed(error instanceof Error ? error : new Error(String(error))),
  })
  const stream = createEventStream(limits.meter.budgets.messageBytes, {
    onEvent: (event) => queue.push({ event, release: gauge.complete() }),
    onGrowth: (bytes) => gauge.grewTo(bytes),
    onRetry,
    onIgnored: (bytes) => queue.push({ ignored: bytes }),
    onTooLong: () => onFailed(tooLong(limits)),
  })
  return {
    push: stream.push,
    end() {
      gauge.end()
      // What came before the end counts.
      void queue.idle().then(onFinished)
    },
    drop() {
      gauge.end()
      queue.clear()
    },
  }
}
