import { expect, it } from 'vitest'
import { toExecutionResult } from './result.ts'

const resultOf = (texts: readonly string[], charLimit: number) =>
  toExecutionResult({ content: texts.map((text) => ({ type: 'text', text })) }, [], charLimit, 'f')

it('a result that is cut ends with a whole character, and nothing comes behind it', async () => {
  const { content, truncated } = await resultOf(['ab😀', 'cd'], 3)
  expect(truncated).toBe(true)
  expect(content).toEqual([
    { type: 'text', text: 'ab' },
    { type: 'text', text: '' },
  ])
  expect((await resultOf(['ab😀', 'cd'], 4)).content[0]).toEqual({ type: 'text', text: 'ab😀' })
  expect((await resultOf(['ab😀', 'cd'], 6)).truncated).toBe(false)
})

it('structured content over the limit is left out, whatever it is made of', async () => {
  const structured = (value: object) => toExecutionResult({ structuredContent: { ...value } }, [], 20, 'f')
  expect((await structured({ a: 'x'.repeat(12) })).structuredContent).toEqual({ a: 'x'.repeat(12) })
  for (const value of [{ a: 'x'.repeat(13) }, { a: '"'.repeat(10) }, { a: [1.5, 2.25, 3.125] }]) {
    expect(await structured(value)).toMatchObject({ structuredContent: null, truncated: true })
  }
})

it.each([
  ['short', 0],
  ['long', 400_000],
])('funcReturn of a %s text with a number that would be rounded is the text', async (_, padding) => {
  const json = (id: string) => `{"pad":"${'x'.repeat(padding)}","ids":[1,${id}]}`
  const funcReturnOf = async (text: string) => (await resultOf([text], 1_000_000)).funcReturn
  for (const id of ['9007199254740993', '-12345678901234567890', '1e999']) {
    expect(await funcReturnOf(json(id))).toBe(json(id))
  }
  expect(await funcReturnOf(json('9007199254740992'))).toMatchObject({ ids: [1, 9007199254740992] })
  expect(await funcReturnOf(json('"9007199254740993"'))).toMatchObject({ ids: [1, '9007199254740993'] })
})
