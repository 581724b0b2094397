import { createRegistry } from '@toolyard/core'
import { describe, expect, it } from 'vitest'
import { metered } from '../../fixtures/metered-session.ts'
import { registered } from '../../fixtures/registered.ts'
import { startApart } from '../../fixtures/scripted-apart.ts'
import { scriptedStdio } from '../../fixtures/scripted-stdio.ts'

const MiB = 1024 * 1024

/** What a server may say without being asked, as a line; `asked` is the call that is under way. */
const unasked: Readonly<Record<string, string>> = {
  'progress of the call': `JSON.stringify({ jsonrpc: '2.0', method: 'notifications/progress', params: { progressToken: asked.progressToken, progress: 1 } })`,
  'progress of another call': `'{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":99999,"progress":1}}'`,
  'log messages': `'{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":"x"}}'`,
  'changes of its list': `'{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}'`,
  'notifications that are not known': `'{"jsonrpc":"2.0","method":"notifications/x"}'`,
  'answers to nothing': `'{"jsonrpc":"2.0","id":99999,"result":{}}'`,
  'JSON that is no message': `'{}'`,
  'batches of no messages': `JSON.stringify(Array.from({ length: 1000 }, () => 1))`,
  'empty batches': `'[]'`,
  'text that is no JSON': `'x'`,
}

const flooding = `
  const floodInto = (stream, line) => {
    const chunk = line.repeat(500)
    const write = () => {
      if (stream.destroyed) return
      while (stream.write(chunk));
      stream.once('drain', write)
    }
    write()
  }`

/** Nothing of it reaches the loop in a piece that others would feel, nor stays in memory. */
const order = { warmCalls: 10, timeoutMs: 1_000, afterMs: 100 } as const
function expectHarmless({ longestMs, grownBytes, keptBytes, cpuMs }: Awaited<ReturnType<typeof metered>>): void {
  expect(longestMs).toBeLessThan(100)
  expect(grownBytes).toBeLessThan(160 * MiB)
  expect(keptBytes).toBeLessThan(32 * MiB)
  // Taken as fast as it comes, it would be all of the second.
  expect(cpuMs).toBeLessThan(800)
}

describe('a server that never ends to send', () => {
  it.each([...Object.entries(unasked), ['empty lines', `''`]])('%s, over stdio', async (_, line) => {
    const config = scriptedStdio(`${flooding}
      on((message) => {
        if (message.method !== 'tools/call' || message.params.arguments.warm) return answer(message)
        const asked = { progressToken: message.params._meta.progressToken }
        floodInto(process.stdout, ${line} + '\\n')
      })`)
    expectHarmless(await metered({ ...order, config }))
  })

  it('lines on stderr', async () => {
    const config = scriptedStdio(`${flooding}
      on((message) => {
        if (message.method !== 'tools/call' || message.params.arguments.warm) return answer(message)
        floodInto(process.stderr, 'one line of it\\n')
      })`)
    expectHarmless(await metered({ ...order, config }))
  })

  it.each([
    ...Object.entries(unasked).map(([name, line]) => [name, `'data: ' + ${line} + '\\n\\n'`]),
    ['comments', `': x\\n'`],
    ['wishes for a pause', `'retry: 1\\n'`],
    ['names and ids of no event', `'event: message\\nid: 1\\n\\n'`],
    ['carriage returns', `'\\r'`],
  ])('%s, over an event stream', async (_, text) => {
    await using server = await startApart(`${flooding}
      if (asked.method !== 'tools/call' || asked.args.warm) return false
      asked.response.writeHead(200, { 'content-type': 'text/event-stream' })
      floodInto(asked.response, ${text})
      return true`)
    const config = { transport: 'streamableHttp' as const, serverUrl: server.url }
    expectHarmless(await metered({ ...order, config }))
  })
})

describe('a chatty server that ends', () => {
  it('has its answer read behind all that it said before', async () => {
    await using registry = await createRegistry()
    await registered(
      registry,
      'a',
      scriptedStdio(`on((message) => {
        if (message.method !== 'tools/call') return answer(message)
        const { progressToken } = message.params._meta
        for (let n = 1; n <= 5_000; n += 1) {
          send({ method: 'notifications/progress', params: { progressToken, progress: n } })
          process.stderr.write('line ' + n + '\\n')
        }
        answer(message)
      })`),
    )
    const run = await registry.tools.run({ server: 'a', tool: 'echo' }, { text: 'behind' })
    expect(run).toMatchObject({ status: 'SUCCEEDED', result: { funcReturn: { text: 'behind' } } })
    expect(registry.stats().protocolFaults).toBe(0)
  })
})
