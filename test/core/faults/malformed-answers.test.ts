import { createRegistry } from '@toolyard/core'
import { describe, expect, it } from 'vitest'
import { answeringRaw, type RawAnswer, rawTransports } from '../../fixtures/mcp/raw-answers.ts'
import { registered } from '../../fixtures/mcp/registered.ts'

const call = { server: 'a', tool: 'echo' }
// Far longer than the test may take: an answer that is not understood must not be waited for.
const timeouts = { requestMs: 60_000, connectMs: 60_000, maxTotalMs: 60_000 }

const understood: readonly (readonly [string, RawAnswer])[] = [
  ['error: null beside a result', (id) => ({ jsonrpc: '2.0', id, result: { content: [] }, error: null })],
  ['the id as a text', (id) => ({ jsonrpc: '2.0', id: String(id), result: { content: [] } })],
  ['_meta: null', (id) => ({ jsonrpc: '2.0', id, result: { _meta: null, content: [] } })],
  ['no jsonrpc', (id) => ({ id, result: { content: [] } })],
  ['jsonrpc as a number', (id) => ({ jsonrpc: 2, id, result: { content: [] } })],
  ['method and params: null', (id) => ({ jsonrpc: '2.0', id, method: null, params: null, result: { content: [] } })],
  ['the method of the request', (id) => ({ jsonrpc: '2.0', id, method: 'tools/call', result: { content: [] } })],
  [
    'isError and structuredContent: null',
    (id) => ({ jsonrpc: '2.0', id, result: { content: [], isError: null, structuredContent: null } }),
  ],
]

const refused: readonly (readonly [string, RawAnswer, string])[] = [
  [
    'result: null beside an error',
    (id) => ({ jsonrpc: '2.0', id, result: null, error: { code: -5, message: 'No!' } }),
    'No!',
  ],
  ['an error without jsonrpc', (id) => ({ id, error: { code: -5, message: 'No!' } }), 'No!'],
  ['an error that is a text', (id) => ({ jsonrpc: '2.0', id, error: 'No!' }), 'No!'],
  ['an error without a code', (id) => ({ jsonrpc: '2.0', id, error: { message: 'No!', data: null } }), 'No!'],
]

const broken: readonly (readonly [string, RawAnswer, string])[] = [
  ['result: null', (id) => ({ jsonrpc: '2.0', id, result: null }), 'has a result that is null; expected an object'],
  ['a text', (id) => ({ jsonrpc: '2.0', id, result: 'x' }), 'has a result that is a string; expected an object'],
  ['a list', (id) => ({ jsonrpc: '2.0', id, result: [] }), 'has a result that is a list; expected an object'],
  ['no result', (id) => ({ jsonrpc: '2.0', id }), 'has neither a result nor an error'],
  ['error: null alone', (id) => ({ jsonrpc: '2.0', id, error: null }), 'has neither a result nor an error'],
  [
    'both',
    (id) => ({ jsonrpc: '2.0', id, result: { content: [] }, error: { code: 1, message: 'x' } }),
    'has both a result and an error',
  ],
]

describe.each(rawTransports)('an answer with the right id, over %s', (transport) => {
  it.each(understood)('is taken where it is clear: %s', async (_, answer) => {
    await using server = await answeringRaw(transport, 'tools/call', answer)
    await using registry = await createRegistry()
    await registered(registry, 'a', server.config, { timeouts })
    expect(await registry.tools.run(call)).toMatchObject({ status: 'SUCCEEDED', result: { content: [], meta: null } })
  })

  it.each(refused)('is a refusal where that is clear: %s', async (_, answer, message) => {
    await using server = await answeringRaw(transport, 'tools/call', answer)
    await using registry = await createRegistry()
    await registered(registry, 'a', server.config, { timeouts })
    expect(await registry.tools.run(call)).toMatchObject({
      status: 'FAILED',
      error: { code: 'PROTOCOL_ERROR', jsonRpcCode: expect.any(Number), message: expect.stringContaining(message) },
    })
  })

  it.each(broken)('is a fault of the protocol at once otherwise: %s', async (_, answer, what) => {
    await using server = await answeringRaw(transport, 'tools/call', answer)
    await using registry = await createRegistry()
    await registered(registry, 'a', server.config, { timeouts })
    const run = await registry.tools.run(call)
    expect(run).toMatchObject({
      // The call may have taken effect.
      status: 'OUTCOME_UNKNOWN',
      error: { code: 'PROTOCOL_ERROR', message: expect.stringContaining(`The answer to tools/call ${what}`) },
    })
    expect(run.error).not.toHaveProperty('jsonRpcCode')
    expect(registry.stats().sessionsOpened).toBe(1)
  })

  it.each(broken)('fails the connection and the list at once, too: %s', async (_, answer, what) => {
    for (const method of ['initialize', 'tools/list']) {
      await using server = await answeringRaw(transport, method, answer)
      await using registry = await createRegistry()
      await expect(registered(registry, 'a', server.config, { timeouts })).rejects.toMatchObject({
        code: 'PROTOCOL_ERROR',
        message: expect.stringContaining(`The answer to ${method} ${what}`),
      })
    }
  })

  it('to initialize may have null for what it may leave out', async () => {
    await using server = await answeringRaw(transport, 'initialize', (id) => ({
      jsonrpc: '2.0',
      id,
      result: {
        _meta: null,
        protocolVersion: '2025-06-18',
        capabilities: {
          experimental: null,
          completions: null,
          logging: null,
          prompts: null,
          resources: { listChanged: null, subscribe: null },
          tasks: null,
          tools: { listChanged: null },
        },
        serverInfo: { name: 'n', version: '1', title: null, websiteUrl: null, icons: null, description: null },
        instructions: null,
      },
    }))
    await using registry = await createRegistry()
    const { id } = await registered(registry, 'a', server.config, { timeouts })
    const { serverInfo, instructions } = (await registry.servers.get(id)) ?? {}
    expect(serverInfo).toEqual({ name: 'n', version: '1' })
    expect(instructions).toBeNull()
    expect((await registry.tools.run(call)).status).toBe('SUCCEEDED')
  })

  it('to tools/list may have null for what it may leave out', async () => {
    await using server = await answeringRaw(transport, 'tools/list', (id) => ({
      jsonrpc: '2.0',
      id,
      result: {
        _meta: null,
        nextCursor: null,
        tools: [
          {
            name: 'echo',
            title: null,
            description: null,
            inputSchema: { $schema: null, type: null, properties: null, required: null },
            outputSchema: null,
            annotations: { title: null, readOnlyHint: null, destructiveHint: null, idempotentHint: true },
            execution: null,
            icons: null,
            _meta: null,
          },
          {
            name: 'two',
            inputSchema: { type: 'object' },
            icons: [{ src: 'a', mimeType: null, sizes: null, theme: null }],
          },
        ],
      },
    }))
    await using registry = await createRegistry()
    await registered(registry, 'a', server.config, { timeouts })
    expect(await registry.tools.get(call)).toMatchObject({
      title: null,
      description: null,
      inputSchema: {},
      annotations: { readOnlyHint: null, idempotentHint: true },
    })
    expect((await registry.tools.get({ server: 'a', tool: 'two' }))?.icons).toEqual([{ src: 'a' }])
    expect((await registry.tools.run(call, { any: 1 })).status).toBe('SUCCEEDED')
  })
})

describe('the answer to initialize', () => {
  it.each([
    ['capabilities', null, '/capabilities: expected an object, got null'],
    ['protocolVersion', 1, '/protocolVersion: expected a string, got a number'],
    ['serverInfo', { name: 'n' }, '/serverInfo/version: expected a string, got nothing'],
    ['serverInfo', [], '/serverInfo: expected an object, got a list'],
    ['instructions', {}, '/instructions: expected a string, got an object'],
    ['capabilities', { tools: true }, '/capabilities/tools: expected an object, got a boolean'],
  ])('with a wrong %s (%j) is refused in plain words', async (member, value, message) => {
    const sound = { protocolVersion: '2025-06-18', capabilities: {}, serverInfo: { name: 'n', version: '1' } }
    const result = JSON.stringify({ ...sound, [member]: value })
    await using server = await answeringRaw('http', 'initialize', (id) => ({
      jsonrpc: '2.0',
      id,
      result: JSON.parse(result),
    }))
    await using registry = await createRegistry()
    await expect(registered(registry, 'a', server.config)).rejects.toMatchObject({
      code: 'PROTOCOL_ERROR',
      message: `The answer to initialize: ${message}`,
    })
  })
})

it('a notification with id: null is one', async () => {
  await using server = await answeringRaw('http by event stream', 'tools/call', (id) => [
    { jsonrpc: '2.0', id: null, method: 'notifications/message', params: { level: 'info', data: 'hi' } },
    { jsonrpc: '2.0', id, result: { content: [] } },
  ])
  await using registry = await createRegistry()
  await registered(registry, 'a', server.config)
  const job = await registry.tools.start(call)
  const told: string[] = []
  for await (const event of job.events()) if (event.type === 'ToolRunOutput') told.push(event.text)
  expect(told).toEqual(['info: hi'])
})

it.each(rawTransports)('an answer that is no JSON fails its call at once, over %s', async (transport) => {
  // As Python writes what is not a number.
  const answer = '{"jsonrpc": "2.0", "id": 1234, "result": {"content": [], "structuredContent": {"x": NaN}}}'
  await using server = await answeringRaw(transport, 'tools/call', answer)
  await using registry = await createRegistry()
  await registered(registry, 'a', server.config, { timeouts })
  expect(await registry.tools.run(call)).toMatchObject({
    status: 'OUTCOME_UNKNOWN',
    error: {
      code: 'PROTOCOL_ERROR',
      message: expect.stringContaining('The answer to tools/call is not valid JSON'),
    },
  })
  expect(registry.stats().protocolFaults).toBe(1)
})

it('an error that has no id in the answer to a POST is told as the server worded it', async () => {
  const answer: RawAnswer = () => ({ jsonrpc: '2.0', id: null, error: { code: -32603, message: 'No licence' } })
  await using server = await answeringRaw('http', 'tools/call', answer)
  await using registry = await createRegistry()
  await registered(registry, 'a', server.config, { timeouts })
  const { status, error } = await registry.tools.run(call)
  // Servers say so of calls that they began, too.
  expect([status, error?.code]).toEqual(['OUTCOME_UNKNOWN', 'PROTOCOL_ERROR'])
  expect(error?.message).toContain('answered HTTP 200 with an error without the id of the request: No licence')
})
