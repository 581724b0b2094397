import { expect, it } from 'vitest'
import type { ToolDefinition } from '../model/tool.ts'
import { toolWarnings } from './tool-warnings.ts'

const warningsOf = (definition: ToolDefinition) => toolWarnings(definition, JSON.stringify(definition))
const tags = (text: string) =>
  [...text].map((each) => String.fromCodePoint(0xe0000 + (each.codePointAt(0) ?? 0))).join('')

it('are none for what a person sees', () => {
  const plain = { name: 'a', description: 'Says "\\\\u200b"\n\tto C:\\users\\b', inputSchema: { type: 'object' } }
  expect(warningsOf(plain)).toEqual([])
  expect(warningsOf({ ...plain, description: 'می‌خواهم 👨‍👩‍👧‍👦 שלום!‏' })).toEqual([])
})

it('point to each place, say what is there, and what tags read', () => {
  const found = warningsOf({
    name: 'ec\u200Bho',
    description: `Adds.${tags('ignore "all"')}`,
    inputSchema: {
      type: 'object',
      properties: { 'a/b\u2060': { description: 'x\u202Ey\u001B[2K' }, q: { enum: ['\uD83D'] } },
    },
  })
  expect(found).toEqual([
    { code: 'HIDDEN_TEXT', pointer: '/name', message: 'characters that are not shown: U+200B' },
    {
      code: 'HIDDEN_TEXT',
      pointer: '/description',
      message:
        'characters that are not shown: U+E0069, U+E0067, U+E006E, U+E006F, U+E0072, …; as tags they read "ignore \\"all\\""',
    },
    {
      code: 'HIDDEN_TEXT',
      pointer: '/inputSchema/properties/a~1b\u2060',
      message: 'the name of the member has characters that are not shown: U+2060',
    },
    {
      code: 'HIDDEN_TEXT',
      pointer: '/inputSchema/properties/a~1b\u2060/description',
      message: 'characters that are not shown: U+202E',
    },
    {
      code: 'CONTROL_CHARACTERS',
      pointer: '/inputSchema/properties/a~1b\u2060/description',
      message: 'control characters: U+001B',
    },
    { code: 'CONTROL_CHARACTERS', pointer: '/inputSchema/properties/q/enum/0', message: 'control characters: U+D83D' },
  ])
})

it('are the first 20, however much there is', () => {
  const properties = Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`p${index}`, { title: '\u200B' }]))
  const found = warningsOf({ name: 'a', description: tags('x'.repeat(100_000)), inputSchema: { properties } })
  expect(found).toHaveLength(20)
  for (const { message } of found) expect(message.length).toBeLessThan(250)
})
