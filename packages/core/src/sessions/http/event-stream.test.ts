import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createEventStream } from './event-stream.ts'

function read(chunks: readonly Buffer[], maxBytes = 10_000) {
  const events: { readonly type: string; readonly data: string; readonly id: string | undefined }[] = []
  const retries: number[] = []
  let tooLong = 0
  let ignored = 0
  const stream = createEventStream(maxBytes, {
    onEvent: ({ type, parts, id }) => events.push({ type, data: Buffer.concat(parts).toString(), id }),
    onGrowth: () => undefined,
    onRetry: (ms) => retries.push(ms),
    onIgnored: (bytes) => {
      ignored += bytes
    },
    onTooLong: () => {
      tooLong += 1
    },
  })
  for (const chunk of chunks) stream.push(chunk)
  return { events, retries, tooLong, ignored }
}

function cutAt(text: string, cuts: readonly number[]): Buffer[] {
  let rest = Buffer.from(text)
  const chunks = cuts.map((cut) => {
    const chunk = rest.subarray(0, cut)
    rest = rest.subarray(cut)
    return chunk
  })
  return [...chunks, rest]
}

describe('an event stream', () => {
  it.each(['\n', '\r', '\r\n'])('gives the same events however its bytes are cut, with ends of lines %j', (end) => {
    const line = fc.string({ unit: 'grapheme', maxLength: 30 }).map((text) => text.replaceAll(/[\r\n]/g, ''))
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 8 }), fc.array(fc.nat(40)), (texts, cuts) => {
        const text = texts
          .map((each, n) => ['id: ', n, end, 'event: e', end, 'data: ', each, end, end].join(''))
          .join('')
        const expected = texts.map((data, n) => ({ type: 'e', data, id: `${n}` }))
        expect(read(cutAt(text, cuts)).events).toEqual(expected)
        expect(read(cutAt(`\uFEFF${text}`, cuts)).events).toEqual(expected)
        expect(read([...Buffer.from(text)].map((byte) => Buffer.from([byte]))).events).toEqual(expected)
      }),
    )
  })

  it('is `message` where no event is named, and tells the wish for a pause', () => {
    const { events, retries } = read([Buffer.from(': a comment\nretry: 250\ndata: one\ndata\ndata:two\n\n')])
    expect(events).toEqual([{ type: 'message', data: 'one\n\ntwo', id: undefined }])
    expect(retries).toEqual([250])
  })

  it('hands nothing over after an event over the cap, and says so once', () => {
    const long = Buffer.from('x'.repeat(60))
    const { events, tooLong } = read([Buffer.from('data: '), long, long, long, Buffer.from('\n\ndata: next\n\n')], 100)
    expect(events).toEqual([])
    expect(tooLong).toBe(1)
  })

  it('keeps and tells nothing of lines that it does not know, however long, and counts them', () => {
    const long = Buffer.from('x'.repeat(60_000))
    const { events, ignored } = read([
      Buffer.from('id: '),
      long,
      Buffer.from('\n: '),
      long,
      Buffer.from('\ndata: a\n\n'),
    ])
    expect(events).toEqual([{ type: 'message', data: 'a', id: undefined }])
    expect(ignored).toBeGreaterThan(100_000)
  })

  it('costs no more for carriage returns without line feeds than for other bytes', () => {
    const returns = Buffer.alloc(64 * 1024, '\r')
    const { user: before } = process.threadCpuUsage()
    read(Array.from({ length: 20 }, () => returns))
    expect((process.threadCpuUsage().user - before) / 1_000).toBeLessThan(500)
  })
})
