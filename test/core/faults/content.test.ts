import { createRegistry } from '@toolyard/core'
import { describe, expect, it } from 'vitest'
import { answeringRaw, rawTransports } from '../../fixtures/mcp/raw-answers.ts'
import { registered } from '../../fixtures/mcp/registered.ts'
import { startScripted } from '../../fixtures/mcp/scripted-http.ts'

const call = { server: 'a', tool: 'echo' }
const text = (value: string) => ({ type: 'text', text: value })

async function answered(result: object) {
  await using server = await startScripted((asked) => {
    if (asked.method !== 'tools/call') return false
    asked.result(result)
    return true
  })
  await using registry = await createRegistry()
  await registered(registry, 'a', { transport: 'streamableHttp', serverUrl: server.url })
  return await registry.tools.run(call)
}

describe('content that is no list', () => {
  it.each([
    ['a text', { content: 'x' }, { content: [text('x')], funcReturn: 'x' }],
    ['one block', { content: text('x') }, { content: [text('x')], funcReturn: 'x' }],
    [
      'one block of another kind',
      { content: { type: 'image', mimeType: 'a/b', data: 'QQ==' } },
      { content: [{ type: 'image', mimeType: 'a/b', data: 'QQ==' }] },
    ],
    ['a list of texts', { content: ['x', text('y')] }, { content: [text('x'), text('y')], funcReturn: 'x\ny' }],
    [
      'null beside structured content',
      { content: null, structuredContent: { a: 1 } },
      { content: [], funcReturn: { a: 1 } },
    ],
    ['toolResult, a text', { toolResult: '{"a":1}' }, { content: [text('{"a":1}')], funcReturn: { a: 1 } }],
    ['toolResult, a value', { toolResult: [1] }, { content: [], structuredContent: [1], funcReturn: [1] }],
    ['nothing', { _meta: { a: 1 }, isError: false }, { content: [], funcReturn: null, meta: { a: 1 } }],
    ['content beside members that are not known', { content: [text('x')], more: 1 }, { content: [text('x')] }],
  ])('is read where it is clear: %s', async (_, result, expected) => {
    expect(await answered(result)).toMatchObject({ status: 'SUCCEEDED', result: expected })
  })

  it('of a tool that says that it failed is kept as it came', async () => {
    expect(await answered({ isError: true, error: 'no such file' })).toMatchObject({
      status: 'FAILED',
      result: { status: 'ERROR', content: [{ type: 'unknown', raw: { error: 'no such file' } }] },
    })
  })

  it.each([
    ['a number', { content: 5 }, 'content that is a number'],
    ['an object without a type', { content: { text: 'x' } }, 'content that is an object'],
    ['other members', { text: 'x', output: 1 }, 'no content, but the members ["text","output"]'],
    ['a task', { task: { taskId: 't' }, _meta: {} }, 'no content, but the members ["task"]'],
  ])('is a fault that says what came otherwise: %s', async (_, result, what) => {
    expect(await answered(result)).toMatchObject({
      status: 'OUTCOME_UNKNOWN',
      result: null,
      error: {
        code: 'PROTOCOL_ERROR',
        message: `The answer to tools/call has ${what}; expected a list of content blocks`,
      },
    })
  })
})

it.each(rawTransports)('over %s', async (transport) => {
  const answer = (id: number) => ({ jsonrpc: '2.0', id, result: { content: 'x' } })
  await using server = await answeringRaw(transport, 'tools/call', answer)
  await using registry = await createRegistry()
  await registered(registry, 'a', server.config)
  expect((await registry.tools.run(call)).result?.content).toEqual([text('x')])
})
