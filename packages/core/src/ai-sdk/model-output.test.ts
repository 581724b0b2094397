import { describe, expect, it } from 'vitest'
import type { ContentBlock } from '../model/job.ts'
import { isToolOutput, toModelOutput } from './model-output.ts'

const output = (content: readonly ContentBlock[], structuredContent: object | null = null, truncated = false) =>
  // JSON, as all that tests give here.
  ({ runId: 'run_1', content, structuredContent: structuredContent as never, truncated })

describe('what a model is told of an output', () => {
  it('is the structured content where there is nothing but text beside it', () => {
    expect(toModelOutput(output([{ type: 'text', text: '{"a":1}' }], { a: 1 }))).toEqual({
      type: 'json',
      value: { a: 1 },
    })
    const image: ContentBlock = { type: 'image', mimeType: 'image/png', data: 'AAEC' }
    expect(toModelOutput(output([{ type: 'text', text: 'A' }, image], { a: 1 }))).toEqual({
      type: 'content',
      value: [
        { type: 'text', text: 'A' },
        { type: 'file', mediaType: 'image/png', data: { type: 'data', data: 'AAEC' } },
      ],
    })
  })

  it('is one text where there is only text, and says what is missing', () => {
    const texts: ContentBlock[] = [
      { type: 'text', text: 'A' },
      { type: 'text', text: '' },
      { type: 'resource', uri: 'x://y', text: 'B' },
    ]
    expect(toModelOutput(output(texts, null, true))).toEqual({
      type: 'text',
      value: 'A\nB\n[The result was longer, and has been cut.]',
    })
    expect(toModelOutput(output([]))).toEqual({ type: 'text', value: '[The tool answered with nothing.]' })
  })

  it.each([
    { type: 'image', mimeType: 'image/png; drop', data: 'AAEC' },
    { type: 'image', mimeType: 'image/png', data: 'not base64' },
    { type: 'audio', mimeType: 'audio/wav', data: '' },
    { type: 'resource', uri: 'x://y', blob: 'AAE' },
  ] as const)('makes no file of other content: %j', (block) => {
    const { type, value } = toModelOutput(output([block])) as { type: string; value: unknown }
    expect([type, value]).toEqual(['text', '[The tool answered with a file that cannot be read.]'])
  })

  it('is told apart from what a client puts in its place', () => {
    expect(isToolOutput(output([]))).toBe(true)
    for (const other of [null, 'text', [], {}, { content: 'x', structuredContent: null }]) {
      expect(isToolOutput(other)).toBe(false)
    }
  })
})
