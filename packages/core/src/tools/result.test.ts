import { expect, it } from 'vitest'
import { toExecutionResult } from './result.ts'

const resultOf = (texts: readonly string[], charLimit: number) =>
  toExecutionResult({ content: texts.map((text) => ({ type: 'text', text })) }, [], charLimit, 'f')

it('a result that is cut ends with a whole character, and nothing comes behind it', () => {
  const { content, truncated } = resultOf(['ab😀', 'cd'], 3)
  expect(truncated).toBe(true)
  expect(content).toEqual([
    { type: 'text', text: 'ab' },
    { type: 'text', text: '' },
  ])
  expect(resultOf(['ab😀', 'cd'], 4).content[0]).toEqual({ type: 'text', text: 'ab😀' })
  expect(resultOf(['ab😀', 'cd'], 6).truncated).toBe(false)
})

it('structured content over the limit is left out, whatever it is made of', () => {
  const structured = (value: object) => toExecutionResult({ structuredContent: { ...value } }, [], 20, 'f')
  expect(structured({ a: 'x'.repeat(12) }).structuredContent).toEqual({ a: 'x'.repeat(12) })
  for (const value of [{ a: 'x'.repeat(13) }, { a: '"'.repeat(10) }, { a: [1.5, 2.25, 3.125] }]) {
    expect(structured(value)).toMatchObject({ structuredContent: null, truncated: true })
  }
})
