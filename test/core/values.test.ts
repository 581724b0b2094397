import { createRegistry, type Registry } from '@toolyard/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { registered } from '../fixtures/mcp/registered.ts'
import { type ScriptedServer, startScripted } from '../fixtures/mcp/scripted-http.ts'
import { alsoOverSse } from '../fixtures/mcp/scripted-sse.ts'
import { scriptedStdio } from '../fixtures/mcp/scripted-stdio.ts'

const inputSchema = {
  type: 'object',
  properties: {
    verbose: { type: 'boolean' },
    when: { type: 'string', format: 'date-time' },
    price: { type: 'number', multipleOf: 0.01 },
    message: { type: 'string' },
  },
}

let server: ScriptedServer
let registry: Registry
beforeEach(async () => {
  registry = await createRegistry()
  server = await startScripted(
    alsoOverSse((asked) => {
      if (asked.method !== 'tools/list') return false
      asked.result({ tools: [{ name: 'echo', inputSchema }] })
      return true
    }),
  )
})
afterEach(async () => {
  await registry.close()
  await server[Symbol.asyncDispose]()
})

const list = `sound['tools/list'] = () => (${JSON.stringify({ tools: [{ name: 'echo', inputSchema }] })})`
describe.each([
  ['streamable HTTP', () => ({ transport: 'streamableHttp', serverUrl: server.url }) as const],
  ['SSE', () => ({ transport: 'sse', serverUrl: new URL('/sse', server.url).href }) as const],
  ['stdio', () => scriptedStdio(list)],
] as const)('args over %s', (_, config) => {
  it('that the server may take are sent as they were given, and what they lack of a format is logged', async () => {
    await registered(registry, 'a', config())
    const args = { verbose: null, when: '2026-11-29T10:00:00', price: 19.99 }
    const job = await registry.tools.start({ server: 'a', tool: 'echo' }, args)
    const logged: string[] = []
    for await (const event of job.events()) if (event.type === 'ToolRunOutput') logged.push(event.text)
    const { status, result } = await job.result()
    expect([status, result?.funcReturn]).toEqual(['SUCCEEDED', args])
    expect(logged).toEqual([
      'warning: toolyard: not checked: the value at /when does not match the format "date-time", which is an annotation',
    ])
  })
})

it.each([
  ['a bigint', { n: [1n] }, 'args: expected JSON, got the bigint 1 at /n/0'],
  ['no finite number', { n: Number.NaN }, 'args: expected JSON, got NaN at /n'],
  ['an endless number', { a: { 'b/c': Number.NEGATIVE_INFINITY } }, 'args: expected JSON, got -Infinity at /a/b~1c'],
])('args of the library with %s are refused with the value', async (_, args, message) => {
  await registered(registry, 'a', { transport: 'streamableHttp', serverUrl: server.url })
  // What TypeScript would not let through, JavaScript does.
  const run = registry.tools.run({ server: 'a', tool: 'echo' }, args as never)
  await expect(run).rejects.toMatchObject({
    code: 'INVALID_INPUT',
    path: ['args'],
    message: expect.stringContaining(message),
  })
  expect(server.count('tools/call')).toBe(0)
})

it('an integer over 2^53 in structured content is logged, as it may have been another one', async () => {
  const result = (id: string) => `{"content":[],"structuredContent":{"ids":[1,${id}]}}`
  const answers = { rounded: result('9007199254740993'), kept: result('9007199254740991'), fraction: result('1e-7') }
  // The test alone calls it.
  await using ids = await startScripted(({ method, id, args, response }) => {
    if (method !== 'tools/call') return false
    response.setHeader('content-type', 'application/json')
    response.end(`{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":${answers[args.give as keyof typeof answers]}}`)
    return true
  })
  await registered(registry, 'a', { transport: 'streamableHttp', serverUrl: ids.url })
  for (const give of ['rounded', 'kept', 'fraction']) {
    const job = await registry.tools.start({ server: 'a', tool: 'echo' }, { give })
    const logged: string[] = []
    for await (const event of job.events()) if (event.type === 'ToolRunOutput') logged.push(event.text)
    expect((await job.result()).status).toBe('SUCCEEDED')
    expect(logged).toEqual(
      give === 'rounded'
        ? [expect.stringContaining('an integer over 2^53 (9007199254740992), which may have been')]
        : [],
    )
  }
})
