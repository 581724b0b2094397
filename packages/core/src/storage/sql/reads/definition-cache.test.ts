import { expect, it } from 'vitest'
import { createDefinitionCache } from './definition-cache.ts'

function textOf(description: string): string {
  const inputSchema = { type: 'object', description: 'a schema that is longer than what tells texts apart' }
  return JSON.stringify({ name: 'n'.repeat(100), description, inputSchema })
}

it('parses a text once, and freezes the definition', () => {
  const definitionOf = createDefinitionCache()
  const definition = definitionOf(textOf('one'))
  expect(definitionOf(textOf('one'))).toBe(definition)
  expect(Object.isFrozen(definition.inputSchema)).toBe(true)
})

it('tells texts apart that differ in their middle alone', () => {
  const definitionOf = createDefinitionCache()
  for (const description of ['one', 'two', 'one']) {
    expect(definitionOf(textOf(description)).description).toBe(description)
  }
})
