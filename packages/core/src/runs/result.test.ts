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

it('what blocks have beside their content is left out where it is too long, and takes nothing from the texts', async () => {
  const annotations = { priority: 1 }
  const meta = { a: 'x'.repeat(100) }
  const content = [
    { type: 'text', text: '1234567890', _meta: meta },
    { type: 'text', text: '1234567890', annotations },
    { type: 'resource_link', uri: 'u', name: 'n', description: '1234', size: -0.5, icons: [{ src: 'i' }, 7] },
  ]
  const cut = await toExecutionResult({ content }, [], 24, 'f')
  expect(cut).toMatchObject({ truncated: true, funcReturn: '1234567890\n1234567890' })
  expect(cut.content).toEqual([
    { type: 'text', text: '1234567890' },
    { type: 'text', text: '1234567890', annotations },
    { type: 'resource_link', uri: 'u', name: 'n', description: '1234', size: -0.5 },
  ])
  const whole = await toExecutionResult({ content }, [], 1_000, 'f')
  expect(whole).toMatchObject({ truncated: false, content: [{ meta }, { annotations }, { icons: [{ src: 'i' }] }] })
})

it('a member of a block that is not of its kind is left out', async () => {
  const wrong = { annotations: [], _meta: 'x', description: 7, size: '7', icons: { src: 'i' } }
  const content = [
    { type: 'text', text: 'x', ...wrong },
    { type: 'resource_link', uri: 'u', name: 'n', ...wrong },
    { type: 'resource', resource: { uri: 'u', _meta: null }, ...wrong },
  ]
  expect((await toExecutionResult({ content }, [], 100, 'f')).content).toEqual([
    { type: 'text', text: 'x' },
    { type: 'resource_link', uri: 'u', name: 'n' },
    { type: 'resource', uri: 'u' },
  ])
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
