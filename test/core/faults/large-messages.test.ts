import { createRegistry } from '@toolyard/core'
import { describe, expect, it, vi } from 'vitest'
import {
  describeLargeResults,
  describeUnaskedMessages,
  messagesOfTests,
  resultsOfTests,
  stdioAnswering,
} from '../../fixtures/mcp/large-messages-suite.ts'
import { registered } from '../../fixtures/mcp/registered.ts'
import { type Asked, openEvents, startScripted, textResult } from '../../fixtures/mcp/scripted-http.ts'
import { scriptedStdio } from '../../fixtures/mcp/scripted-stdio.ts'
import { metered } from '../../fixtures/process/metered-session.ts'

// Up to three rounds, each in a process of its own, on a machine that may be busy.
vi.setConfig({ testTimeout: 120_000 })

const KiB = 1024
const MiB = 1024 * KiB
const http = ({ url }: { readonly url: string }) => ({ transport: 'streamableHttp' as const, serverUrl: url })
const call = { server: 'a', tool: 'echo' }

// The others are in test/soak/large-messages.soak.ts.
describeLargeResults(resultsOfTests)
describeUnaskedMessages(messagesOfTests)

it('a message of small values is refused before they are made', async () => {
  const config = scriptedStdio(`on((message) => {
    if (message.params?.arguments?.warm || message.method !== 'tools/call') return answer(message)
    raw('{"jsonrpc":"2.0","id":' + message.id + ',"result":{"content":[' + '{},'.repeat(10_000_000) + '{}]}}\\n')
  })`)
  const { runs, grownBytes } = await metered({ config, warmCalls: 5 })
  expect(runs).toMatchObject([
    { code: 'LIMIT_EXCEEDED', message: expect.stringContaining('1000000 values (messageValues)') },
  ])
  expect(grownBytes).toBeLessThan(96 * MiB)
})

it.each([
  ['lists', `'['.repeat(8_000) + ']'.repeat(8_000)`],
  ['lists, of 400 KB', `'['.repeat(200_000) + ']'.repeat(200_000)`],
  ['objects', `'{"a":'.repeat(8_000) + '1' + '}'.repeat(8_000)`],
])('what is nested deep is refused, or told as text: %s', async (_, deep) => {
  await using registry = await createRegistry()
  const config = scriptedStdio(`
    on((message) => {
      if (message.method !== 'tools/call') return answer(message)
      const { where } = message.params.arguments
      const deep = ${deep}
      raw('{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":' + deep + '}}\\n')
      if (where === 'result') raw('{"jsonrpc":"2.0","id":' + message.id + ',"result":{"content":[],"structuredContent":{"a":' + deep + '}}}\\n')
      if (where === 'text') send({ id: message.id, result: { content: [{ type: 'text', text: deep }] } })
      answer(message)
    })`)
  await registered(registry, 'a', config)
  const [result, said] = [
    await registry.tools.run(call, { where: 'result' }, { timeoutMs: 5_000 }),
    await registry.tools.run(call, { where: 'text' }, { timeoutMs: 5_000 }),
  ]
  expect(['PROTOCOL_ERROR', undefined]).toContain(result.error?.code)
  expect(said).toMatchObject({ status: 'SUCCEEDED', result: { funcReturn: expect.any(String) } })
  expect((await registry.runs.get(said.id))?.status).toBe('SUCCEEDED')
})

describe('messages that are large', () => {
  it('are read a few at a time, and all in the end', async () => {
    const config = stdioAnswering(
      `{ content: [{ type: 'image', mimeType: 'image/png', data: 'QUJD'.repeat(3_000_000) }] }`,
    )
    const { runs, grownBytes } = await metered({ config, calls: 8, warmCalls: 5 })
    expect(runs.every(({ status }) => status === 'SUCCEEDED')).toBe(true)
    // Of 12 MB each, the results of all are kept.
    expect(grownBytes).toBeLessThan(8 * 12 * MiB + 160 * MiB)
  })

  /** Answers calls with so many bytes, and without an end where it is told so. */
  const large = () =>
    startScripted((asked: Asked) => {
      const { method, args, response, id } = asked
      if (method !== 'tools/call') return false
      const kib = Number(args.kib ?? 2_000)
      if (args.stream) {
        const send = openEvents(asked)
        if (args.hangs) response.write(`data: ${'x'.repeat(kib * KiB)}`)
        else send({ id, result: textResult('x'.repeat(kib * KiB)) })
        if (!args.hangs) response.end()
        return true
      }
      response.writeHead(200, { 'content-type': 'application/json' })
      if (args.hangs) response.write(`{"x":"${'x'.repeat(kib * KiB)}`)
      else response.end(JSON.stringify({ jsonrpc: '2.0', id, result: textResult('x'.repeat(kib * KiB)) }))
      return true
    })
  /** One at a time. */
  const budgets = { largeMessageBytes: MiB, messageBytes: 4 * MiB }

  it.each([
    ['JSON', false],
    ['an event', true],
  ])(
    'wait for their turn, which is no silence of the server, and one that does not come gives its turn up: %s',
    async (_, stream) => {
      await using server = await large()
      const largeMessageMs = 900
      const options = { budgets: { ...budgets, largeMessageMs }, sessions: { bodyIdleMs: 500 } }
      await using registry = await createRegistry(options)
      await registered(registry, 'a', http(server))
      await registered(registry, 'b', http(server))
      const asked = server.next('tools/call')
      const hanging = registry.tools.run(call, { hangs: true, stream, kib: 2_000 })
      await asked
      // Keeps the first one from being silent.
      const drip = setInterval(() => server.asked.find(({ args }) => args.hangs)?.response.write('x'), 100)
      const waiting = registry.tools.run({ ...call, server: 'b' }, { kib: 2_000, stream })
      expect(await hanging).toMatchObject({
        error: { code: 'LIMIT_EXCEEDED', message: expect.stringContaining('(largeMessageMs)') },
      })
      clearInterval(drip)
      expect((await waiting).status).toBe('SUCCEEDED')
    },
  )

  it('give their turn back at the deadline of the call, and when it is cancelled', async () => {
    await using server = await large()
    await using registry = await createRegistry({ budgets })
    await registered(registry, 'a', http(server))
    await registered(registry, 'b', http(server))
    const inTime = await registry.tools.run(call, { hangs: true }, { timeoutMs: 400 })
    expect(inTime.status).toBe('TIMED_OUT')
    expect((await registry.tools.run({ ...call, server: 'b' })).status).toBe('SUCCEEDED')
    const asked = server.next('tools/call')
    const leaving = new AbortController()
    const hanging = registry.tools.run(call, { hangs: true, stream: true }, { signal: leaving.signal })
    await asked
    leaving.abort()
    expect((await registry.tools.run({ ...call, server: 'b' })).status).toBe('SUCCEEDED')
    await hanging
  })

  it('of another tenant have their turns, however many one tenant asks for', async () => {
    await using server = await large()
    await using registry = await createRegistry({ budgets: { largeMessageBytes: 8 * MiB, messageBytes: 4 * MiB } })
    const other = registry.tenant('other')
    await registered(registry, 'a', http(server))
    await registered(other, 'a', http(server))
    const asked = server.next('tools/call')
    const hanging = Array.from({ length: 10 }, () => registry.tools.run(call, { hangs: true }, { timeoutMs: 3_000 }))
    await asked
    expect((await other.tools.run(call, {}, { timeoutMs: 2_000 })).status).toBe('SUCCEEDED')
    await Promise.all(hanging)
  })
})
