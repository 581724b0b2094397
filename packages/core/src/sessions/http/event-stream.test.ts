import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createEventStream, type StreamEvent } from './event-stream.ts'

function read(chunks: readonly Buffer[], maxChars = 10_000) {
  const events: StreamEvent[] = []
  const retries: number[] = []
  let tooLong = 0
  const stream = createEventStream(maxChars, {
    onEvent: (event) => events.push(event),
    onRetry: (ms) => retries.push(ms),
    onTooLong: () => {
      tooLong += 1
    },
  })
  for (const chunk of chunks) stream.push(chunk)
  return { events, retries, tooLong }
}

describe('an event stream', () => {
  it('gives the same events however its bytes are cut', () => {
    const line = fc.string({ unit: 'grapheme', maxLength: 30 }).map((text) => text.replaceAll(/[\r\n]/g, ''))
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 8 }), fc.array(fc.nat(40)), (texts, cuts) => {
        let rest = Buffer.from(texts.map((text, n) => `id: ${n}\nevent: e\ndata: ${text}\n\n`).join(''))
        const chunks: Buffer[] = []
        for (const cut of cuts) {
          chunks.push(rest.subarray(0, cut))
          rest = rest.subarray(cut)
        }
        expect(read([...chunks, rest]).events).toEqual(
          texts.map((data, n) => ({ type: 'e', data: data.replace(/^\uFEFF/, '\uFEFF'), id: `${n}` })),
        )
      }),
    )
  })

  it('is `message` where no event is named, and tells the wish for a pause', () => {
    const { events, retries } = read([Buffer.from(': a comment\nretry: 250\ndata: one\ndata: two\n\n')])
    expect(events).toEqual([{ type: 'message', data: 'one\ntwo', id: undefined }])
    expect(retries).toEqual([250])
  })

  it('hands nothing over after an event over the cap, and says so once', () => {
    const long = Buffer.from('x'.repeat(60))
    const { events, tooLong } = read([Buffer.from('data: '), long, long, long, Buffer.from('\n\ndata: next\n\n')], 100)
    expect(events).toEqual([])
    expect(tooLong).toBe(1)
  })
})
