import { createRegistry } from '@toolyard/core'
import { describe, expect, it } from 'vitest'
import { answeringRaw, rawTransports } from '../../fixtures/mcp/raw-answers.ts'
import { registered } from '../../fixtures/mcp/registered.ts'
import { scriptedStdio } from '../../fixtures/mcp/scripted-stdio.ts'

const call = { server: 'a', tool: 'echo' }
const timeouts = { requestMs: 60_000, connectMs: 60_000, maxTotalMs: 60_000 }

describe.each(rawTransports)('an answer that is nested too deep, over %s', (transport) => {
  it.each([
    ['its id first', (id: number) => `{"jsonrpc":"2.0","id":${id},"result":{"content":[],"_meta":{"a":DEEP}}}`],
    ['its id last', (id: number) => `{"result":{"content":[],"_meta":{"a":DEEP}},"jsonrpc":"2.0","id":"${id}"}`],
    [
      'its id before the version',
      (id: number) => `{"result":{"content":[],"_meta":{"a":DEEP}},"id":${id},"jsonrpc":"2.0"}`,
    ],
  ])('fails its call at once, short or long, with %s', async (_, form) => {
    for (const deep of [8_000, 400_000]) {
      const text = form(1_234).replace('DEEP', `${'['.repeat(deep)}${']'.repeat(deep)}`)
      await using server = await answeringRaw(transport, 'tools/call', text)
      await using registry = await createRegistry()
      await registered(registry, 'a', server.config, { timeouts })
      expect(await registry.tools.run(call)).toMatchObject({
        status: 'OUTCOME_UNKNOWN',
        error: { code: 'PROTOCOL_ERROR', message: expect.stringMatching(/ is nested more than \d+ deep$/) },
      })
      expect(registry.stats().sessionsOpened).toBe(1)
    }
  })
})

/** Each a whole message; DEEP stands for the value, ID for the id of the call, TOKEN for its token. */
const messages = [
  '{"jsonrpc":DEEP,"id":ID,"result":1}',
  '{"jsonrpc":"2.0","id":DEEP,"result":{}}',
  '{"jsonrpc":"2.0","id":DEEP,"method":"ping"}',
  '{"jsonrpc":"2.0","method":DEEP}',
  '{"jsonrpc":"2.0","method":"notifications/x","params":DEEP}',
  '{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":DEEP,"progress":1}}',
  '{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":TOKEN,"progress":DEEP}}',
  '{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":TOKEN,"progress":1,"message":DEEP}}',
  '{"jsonrpc":"2.0","method":"notifications/message","params":{"level":DEEP,"data":1}}',
  '{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","logger":DEEP,"data":1}}',
  '{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":DEEP}}',
  'DEEP',
]

it.each(messages)('what is nested deep and answers nothing does no harm: %s', async (message) => {
  const config = scriptedStdio(`
    on((message) => {
      if (message.method !== 'tools/call') return answer(message)
      for (const depth of [8_000, 400_000]) {
        raw(${JSON.stringify(message)}
          .replace('ID', message.id).replace('TOKEN', message.params._meta.progressToken)
          .replace('DEEP', '['.repeat(depth) + ']'.repeat(depth)) + '\\n')
      }
      answer(message)
    })`)
  await using registry = await createRegistry({ budgets: { unaskedPerSecond: 100_000 } })
  await registered(registry, 'a', config)
  expect((await registry.tools.run(call, { n: 1 })).result?.funcReturn).toEqual({ n: 1 })
  expect(registry.stats().sessionsOpened).toBe(1)
})

it.each([
  '{"jsonrpc":"2.0","id":ID,"error":DEEP}',
  '{"jsonrpc":"2.0","id":ID,"error":{"code":DEEP,"message":DEEP,"data":DEEP}}',
])('an error that is nested deep is a refusal: %s', async (message) => {
  const deep = `${'['.repeat(8_000)}${']'.repeat(8_000)}`
  await using server = await answeringRaw('stdio', 'tools/call', message.replace('ID', '1234').replaceAll('DEEP', deep))
  await using registry = await createRegistry()
  await registered(registry, 'a', server.config)
  expect(await registry.tools.run(call)).toMatchObject({ status: 'FAILED', error: { code: 'PROTOCOL_ERROR' } })
})

it.each(['nextCursor', 'tools', 'capabilities', 'instructions'])('%s nested deep fails the refresh', async (member) => {
  const method = member === 'nextCursor' || member === 'tools' ? 'tools/list' : 'initialize'
  const result = { tools: [], protocolVersion: '2025-06-18', capabilities: {}, serverInfo: { name: 'n', version: '1' } }
  const text = JSON.stringify({ jsonrpc: '2.0', id: 1_234, result: { ...result, [member]: 'DEEP' } })
  const deep = `{"a":${'['.repeat(8_000)}${']'.repeat(8_000)}}`
  await using server = await answeringRaw('stdio', method, text.replace('"DEEP"', deep))
  await using registry = await createRegistry()
  await expect(registered(registry, 'a', server.config)).rejects.toMatchObject({ code: 'PROTOCOL_ERROR' })
})
