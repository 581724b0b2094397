import { expect, it } from 'vitest'
import { startApart } from '../fixtures/mcp/scripted-apart.ts'
import { scriptedStdio } from '../fixtures/mcp/scripted-stdio.ts'
import { expectMetered } from '../fixtures/process/expect-metered.ts'
import {
  eventFloods,
  eventFloodsOfTests,
  expectWithinBudget,
  filling,
  fillingBytes,
  floodEvents,
  floodedStdio,
  floodStderr,
  floodStdio,
  stdioFloods,
  stdioFloodsOfTests,
} from '../fixtures/process/floods.ts'
import { metered } from '../fixtures/process/metered-session.ts'
import { inForm, isLong } from './form.ts'

const MiB = 1024 * 1024
const seconds = 15
const unreadCalls = inForm(20, 5)
const http = ({ url }: { readonly url: string }) => ({ transport: 'streamableHttp' as const, serverUrl: url })

const log = (data: string) =>
  `{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":${data}}}\n`

it.each([
  ['pings, and reads the answers', { text: '{"jsonrpc":"2.0","id":1,"method":"ping"}\n', units: 1 }],
  ['logs', { text: log('"x"'), units: 1 }],
  ['logs 1 MiB a message', { text: log(filling), bytes: fillingBytes, units: 1_024 }],
  ['breaks the protocol', { text: '{}\n', units: 1 }],
])(`a server that %s for ${seconds} s takes a part of one core, and no memory`, async (_, flood) => {
  await expectMetered({ config: floodedStdio(flood), warmCalls: 10, timeoutMs: seconds * 1_000 }, 100, (cost) => {
    expect(cost.grownBytes).toBeLessThan(192 * MiB)
    // A message of it may be under way.
    expect(cost.keptBytes).toBeLessThan(32 * MiB)
    expectWithinBudget(flood, cost)
  })
})

it(`a server that takes no answers, ${unreadCalls} times`, async () => {
  const config = scriptedStdio(`
    on((message) => {
      if (message.method !== 'tools/call') return answer(message)
      process.stdin.pause()
      const chunk = (JSON.stringify({ jsonrpc: '2.0', id: 'x'.repeat(900), method: 'ping' }) + '\\n').repeat(1_000)
      const flood = () => { while (process.stdout.write(chunk)); process.stdout.once('drain', flood) }
      flood()
    })`)
  const budgets = { serverRequestMs: 1_000 }
  const { runs, grownBytes } = await metered({ config, budgets, calls: unreadCalls, timeoutMs: 120_000 })
  expect(runs.every(({ code }) => code === 'PROTOCOL_ERROR')).toBe(true)
  expect(grownBytes).toBeLessThan(128 * MiB)
})

it('32 results of 24 MB at a time are read a few at a time', async () => {
  await using server = await startApart(`
    if (asked.method !== 'tools/call' || asked.args.warm) return false
    asked.result({ content: [{ type: 'text', text: 'x'.repeat(24_000_000) }] })
    return true`)
  const order = { config: http(server), calls: 32, warmCalls: 10, timeoutMs: 120_000 }
  await expectMetered(order, 100, ({ runs, grownBytes }) => {
    expect(runs.every(({ status }) => status === 'SUCCEEDED')).toBe(true)
    expect(grownBytes).toBeLessThan(448 * MiB)
  })
})

/** The short form has those that `npm test` leaves out. */
const beside = <T>(all: readonly T[], ofTests: readonly T[]): readonly T[] =>
  isLong ? all : all.filter((each) => !ofTests.includes(each))

it.each(beside(stdioFloods, stdioFloodsOfTests))('a server that never ends to send %s, over stdio', floodStdio)

it.runIf(isLong)('a server that never ends to write to stderr', floodStderr)

it.each(beside(eventFloods, eventFloodsOfTests))(
  'a server that never ends to send %s, over an event stream',
  floodEvents,
)
