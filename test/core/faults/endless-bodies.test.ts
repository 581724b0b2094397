import { expect, it } from 'vitest'
import { startApart } from '../../fixtures/mcp/scripted-apart.ts'
import { expectMetered } from '../../fixtures/process/expect-metered.ts'
import { metered } from '../../fixtures/process/metered-session.ts'

const MiB = 1024 * 1024

/** Writes as fast as it is read, and counts what was. */
const endless = `
  const chunk = Buffer.alloc(64 * 1024, 'x')
  const endless = (response) => {
    const write = () => {
      if (response.destroyed) return
      while (response.write(chunk));
      response.once('drain', write)
    }
    write()
  }`

it.each([
  ['a status of a fault', `asked.response.writeHead(500)`, 'CONNECT_FAILED'],
  [
    'a status of a fault, in JSON',
    `asked.response.writeHead(500, { 'content-type': 'application/json' })`,
    'CONNECT_FAILED',
  ],
  ['a redirect', `asked.response.writeHead(302, { location: 'http://example.com/' })`, 'CONNECT_FAILED'],
  ['a redirect within the origin', `asked.response.writeHead(307, { location: '/mcp' })`, 'CONNECT_FAILED'],
  [
    'a fault that is an event stream',
    `asked.response.writeHead(500, { 'content-type': 'text/event-stream' })`,
    'CONNECT_FAILED',
  ],
  ['no content', `asked.response.writeHead(202)`, 'LIMIT_EXCEEDED'],
])('an answer without an end to a call is read no further than its cap: %s', async (_, head, code) => {
  await using server = await startApart(`${endless}
    if (asked.method !== 'tools/call' || asked.args.warm) return false
    ${head}
    endless(asked.response)
    return true`)
  const config = { transport: 'streamableHttp' as const, serverUrl: server.url }
  const order = { config, budgets: { messageBytes: MiB }, warmCalls: 5, timeoutMs: 8_000 }
  await expectMetered(order, 50, ({ runs, grownBytes }) => {
    expect(runs).toMatchObject([{ code }])
    expect(grownBytes).toBeLessThan(24 * MiB)
  })
})

it.each([
  ['a notification', 'notifications/initialized', `asked.response.writeHead(202)`],
  [
    'a notification, by an event stream',
    'notifications/initialized',
    `asked.response.writeHead(200, { 'content-type': 'text/event-stream' })`,
  ],
  ['the end of a session', 'DELETE', `asked.response.writeHead(200)`],
  ['an answer to a request of the server', 'undefined', `asked.response.writeHead(200)`],
])('what comes in answer to %s is left unread', async (_, method, head) => {
  await using server = await startApart(`${endless}
    if (asked.method === 'tools/call') openEvents(asked)({ id: 1, method: 'ping' })
    if (asked.method === 'tools/call') asked.response.end('data: {"jsonrpc":"2.0","id":' + asked.id + ',"result":{"content":[]}}\\n\\n')
    if (asked.method === 'tools/call') return true
    if (asked.method !== '${method}') return false
    ${head}
    endless(asked.response)
    return true`)
  const config = { transport: 'streamableHttp' as const, serverUrl: server.url }
  const { runs, grownBytes, receivedBytes } = await metered({ config, timeoutMs: 8_000, afterMs: 500 })
  expect(runs).toMatchObject([{ status: 'SUCCEEDED' }])
  expect(grownBytes).toBeLessThan(24 * MiB)
  // Read on for half a second, it would be hundreds of MiB.
  expect(receivedBytes).toBeLessThan(2 * MiB)
  expect((await server.stats()).asked[method]).toBeGreaterThanOrEqual(1)
})
