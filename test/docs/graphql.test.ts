import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createRegistry } from '@toolyard/core'
import { createHandler } from '@toolyard/graphql'
import { buildSchema, type OperationDefinitionNode, parse, validate } from 'graphql'
import { describe, expect, it } from 'vitest'
import { type Block, blocksIn, type Page, pages, root } from './pages.ts'

const schema = buildSchema(readFileSync(join(root, 'packages/graphql/schema.graphql'), 'utf8'))
const isExecuted = ({ check }: Block) => /^execute(,|$)/.test(check)

/** What the answers so far have of ids, by prefix, and of cursors: an operation on a page has `refr_…` or `…` in their place. */
function createMemory() {
  const known = new Map<string, string>()
  function learn(value: unknown, key = ''): void {
    if (Array.isArray(value)) for (const each of value) learn(each, key)
    else if (typeof value === 'object' && value !== null)
      for (const [name, each] of Object.entries(value)) learn(each, name)
    else if (typeof value === 'string') {
      const [, prefix] = /^(mcps_|tool_|refr_|run_)/.exec(value) ?? []
      if (prefix !== undefined) known.set(prefix, value)
      else if (/cursor$/i.test(key)) known.set('', value)
    }
  }
  const fill = (text: string) =>
    text.replaceAll(/"(mcps_|tool_|refr_|run_|)…"/g, (all, prefix: string) => JSON.stringify(known.get(prefix) ?? all))
  return { learn, fill }
}

/** The answers to an operation: of a subscription all of them, up to its end. */
async function answersOf(handler: ReturnType<typeof createHandler>, query: string): Promise<readonly object[]> {
  const accept = /^\s*subscription\b/m.test(query) ? 'text/event-stream' : 'application/json'
  const headers = { 'content-type': 'application/json', accept }
  const request = new Request('http://localhost/graphql', { method: 'POST', headers, body: JSON.stringify({ query }) })
  const text = await (await handler(request)).text()
  if (accept === 'application/json') return [JSON.parse(text)]
  return [...text.matchAll(/^data: (\{.*\})$/gm)].map(([, data = '']) => JSON.parse(data))
}

async function executePage(page: Page): Promise<void> {
  await using registry = await createRegistry()
  const handler = createHandler(registry)
  const memory = createMemory()
  for (const { at, text, check } of blocksIn(page, 'graphql').filter(isExecuted)) {
    const answers = await answersOf(handler, memory.fill(text))
    memory.learn(answers)
    const [, code] = check.split(', ')
    const found = JSON.stringify(answers)
    expect(`${at}: ${answers.length > 0 && !found.includes('"errors"') ? '' : found}`).toBe(`${at}: `)
    // Errors are data: an answer is right where it has none, or the one that the page shows.
    if (code === undefined) expect(`${at}: ${found}`).not.toMatch(/"data":\{"\w+":\{[^{}]*"code":/)
    else expect(`${at}: ${found}`).toContain(`"code":"${code}"`)
  }
}

describe('the GraphQL in the documentation', () => {
  it.for(pages.flatMap((page) => blocksIn(page, 'graphql')))('fits the schema: $at', ({ text }) => {
    const document = parse(text)
    expect(validate(schema, document)).toEqual([])
    const isOperation = (each: { readonly kind: string }): each is OperationDefinitionNode =>
      each.kind === 'OperationDefinition'
    expect(document.definitions.filter(isOperation)).toHaveLength(1)
  })

  it.for(pages.filter((page) => page.blocks.some(isExecuted)))('is executed as it stands: $path', executePage)
})
