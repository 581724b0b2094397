import { createHash } from 'node:crypto'
import { parse } from 'graphql'
import { expect, it } from 'vitest'
import { graphql } from './document.ts'
import { persistedOperations } from './persisted-operations.ts'

it('has the texts of documents by their SHA-256, whichever library made them', async () => {
  const fragment = graphql(`fragment Named on McpServerBase { name }`)
  const own = graphql(`query Names($first: Int) { mcpServers(first: $first) { nodes { ...Named } } }`, [fragment])
  const texts = [
    'query Names($first: Int) { mcpServers(first: $first) { nodes { ...Named } } }\nfragment Named on McpServerBase { name }',
    '{ a # ä\n}',
    '{ b }',
  ]
  const [, text = '', parsed = ''] = texts
  expect(await persistedOperations([own, text, parse(parsed)])).toEqual(
    Object.fromEntries(texts.map((each) => [`sha256:${createHash('sha256').update(each).digest('hex')}`, each])),
  )
})

it('refuses what has no text', async () => {
  await expect(persistedOperations([parse('{ a }', { noLocation: true })])).rejects.toThrow(TypeError)
})
