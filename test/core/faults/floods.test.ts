import { createRegistry } from '@toolyard/core'
import { describe, expect, it, vi } from 'vitest'
import { registered } from '../../fixtures/mcp/registered.ts'
import { scriptedStdio } from '../../fixtures/mcp/scripted-stdio.ts'
import {
  eventFloodsOfTests,
  floodEvents,
  floodStderr,
  floodStdio,
  stdioFloodsOfTests,
} from '../../fixtures/process/floods.ts'

// Up to three rounds, each in a process of its own, on a machine that may be busy.
vi.setConfig({ testTimeout: 120_000 })

// The others are in test/soak/hostile-servers.soak.ts.
describe('a server that never ends to send', () => {
  it.each(stdioFloodsOfTests)('%s, over stdio', floodStdio)

  it('lines on stderr', floodStderr)

  it.each(eventFloodsOfTests)('%s, over an event stream', floodEvents)
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
