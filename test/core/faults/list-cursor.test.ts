import { createRegistry } from '@toolyard/core'
import { describe, expect, it } from 'vitest'
import { answeringRaw, rawTransports } from '../../fixtures/mcp/raw-answers.ts'
import { registered } from '../../fixtures/mcp/registered.ts'
import { startScripted } from '../../fixtures/mcp/scripted-http.ts'

const tool = (name: string) => ({ name, inputSchema: { type: 'object' } })

describe.each(rawTransports)('a next cursor over %s', (transport) => {
  it('that is no text fails the refresh, and the tools stay', async () => {
    const answer = (id: number) => ({ jsonrpc: '2.0', id, result: { tools: [], nextCursor: 1 } })
    await using server = await answeringRaw(transport, 'tools/list', answer)
    await using registry = await createRegistry()
    await expect(registered(registry, 'a', server.config)).rejects.toMatchObject({
      code: 'PROTOCOL_ERROR',
      message: 'The answer to tools/list: /nextCursor: expected a string, got a number',
    })
  })
})

it.each([
  [0, 'a number'],
  [false, 'a boolean'],
  [{ page: 2 }, 'an object'],
  [['2'], 'a list'],
])('a next cursor %j on a later page fails the refresh as a whole', async (cursor, kind) => {
  let pages: readonly object[] = [{ tools: [tool('one')] }]
  await using server = await startScripted((asked) => {
    if (asked.method !== 'tools/list') return false
    asked.result(pages[asked.params.cursor === '2' ? 1 : 0] ?? {})
    return true
  })
  await using registry = await createRegistry()
  const { id } = await registered(registry, 'a', { transport: 'streamableHttp', serverUrl: server.url })
  pages = [
    { tools: [], nextCursor: '2' },
    { tools: [tool('two')], nextCursor: cursor },
  ]
  await expect((await registry.servers.refresh(id)).result()).rejects.toMatchObject({
    code: 'PROTOCOL_ERROR',
    message: `The answer to tools/list: /nextCursor: expected a string, got ${kind}`,
  })
  expect((await registry.tools.list()).edges.map(({ node }) => node.name)).toEqual(['one'])
})

it.each([null, ''])('a next cursor %j is the end', async (nextCursor) => {
  await using server = await startScripted((asked) => {
    if (asked.method !== 'tools/list') return false
    asked.result({ tools: [tool('one')], nextCursor })
    return true
  })
  await using registry = await createRegistry()
  await registered(registry, 'a', { transport: 'streamableHttp', serverUrl: server.url })
  expect([await registry.tools.count(), server.count('tools/list')]).toEqual([1, 1])
})
