import { createParser } from 'eventsource-parser'

export interface StreamEvent {
  readonly type: string
  readonly data: string
  readonly id: string | undefined
}

export interface EventStreamHandlers {
  readonly onEvent: (event: StreamEvent) => void
  /** The server's wish for the pause before a reconnection, in ms. */
  readonly onRetry: (ms: number) => void
  /** An event over the cap; nothing more is handed over. */
  readonly onTooLong: () => void
}

/** Cuts the bytes of an event stream (HTML Living Standard, section 9.2) into events of at most `maxChars` characters. */
export function createEventStream(maxChars: number, { onEvent, onRetry, onTooLong }: EventStreamHandlers) {
  const decoder = new TextDecoder()
  let isTooLong = false
  const parser = createParser({
    maxBufferSize: maxChars,
    onEvent: ({ event = 'message', data, id }) => onEvent({ type: event, data, id }),
    onRetry,
    onError(error) {
      // Lines that the format does not know are ignored, as it asks.
      if (error.type !== 'max-buffer-size-exceeded') return
      isTooLong = true
      onTooLong()
    },
  })
  return {
    push(chunk: Buffer) {
      if (!isTooLong) parser.feed(decoder.decode(chunk, { stream: true }))
    },
  }
}
