import { setTimeout as delay } from 'node:timers/promises'
import { createRegistry } from '@toolyard/core'
import { expect, it } from 'vitest'
import { registered } from '../../fixtures/mcp/registered.ts'
import { type Asked, openEvents, type Script, startScripted } from '../../fixtures/mcp/scripted-http.ts'

const http = ({ url }: { readonly url: string }) => ({ transport: 'streamableHttp' as const, serverUrl: url })
const call = { server: 'a', tool: 'echo' }

/** Ends each stream that is opened by GET at once, after so many bytes of its own. */
const endsAtOnce =
  (text: string): Script =>
  ({ method, response }) => {
    if (method !== 'GET') return false
    response.writeHead(200, { 'content-type': 'text/event-stream' }).end(text)
    return true
  }

it.each([
  ['asks for no pause', 'retry: 0\n\n'],
  ['asks for a pause beyond the range of a timer', `retry: ${2 ** 31}\n\n`],
  ['asks for a pause beyond any number', `retry: ${'9'.repeat(400)}\n\n`],
  ['ends at once', ''],
  ['ends at once, after an event', 'id: 1\ndata: {"jsonrpc":"2.0","method":"notifications/unknown"}\n\n'],
])('a stream that %s is opened again, not more than twice in 1.5 s', async (_, text) => {
  await using server = await startScripted(endsAtOnce(text))
  await using registry = await createRegistry()
  const opened = server.next('GET')
  await registered(registry, 'a', http(server))
  await opened
  await delay(1_500)
  expect(server.count('GET')).toBeLessThanOrEqual(2)
  expect((await registry.tools.run(call)).status).toBe('SUCCEEDED')
})

it('a stream is opened again as soon as the server asked, within the clamp', async () => {
  await using server = await startScripted(endsAtOnce('retry: 120\n\n'))
  await using registry = await createRegistry()
  await registered(registry, 'a', http(server))
  await expect.poll(() => server.count('GET')).toBeGreaterThanOrEqual(5)
  await using patient = await createRegistry({ budgets: { reconnectMinMs: 60_000 } })
  await registered(patient, 'a', http(server))
})

it('the stream of a call that ends at once, again and again, costs a few connections a second until the deadline', async () => {
  const priming = (asked: Asked) => {
    openEvents(asked)
    asked.response.end('id: 1\nretry: 0\ndata:\n\n')
  }
  await using server = await startScripted((asked) => {
    if (asked.method !== 'tools/call' && (asked.method !== 'GET' || !asked.request.headers['last-event-id']))
      return false
    priming(asked)
    return true
  })
  await using registry = await createRegistry()
  await registered(registry, 'a', http(server))
  const run = await registry.tools.run(call, {}, { timeoutMs: 1_500 })
  expect(run.status).toBe('TIMED_OUT')
  expect(server.count('GET')).toBeLessThan(10)
})

it('refuses an id that is too long to send back', async () => {
  let times = 0
  await using server = await startScripted((asked) => {
    if (asked.method !== 'tools/call') return false
    times += 1
    openEvents(asked)
    asked.response.end(`id: ${'x'.repeat(3_000)}\ndata:\n\n`)
    return true
  })
  await using registry = await createRegistry()
  await registered(registry, 'a', http(server))
  expect((await registry.tools.run(call)).status).toBe('OUTCOME_UNKNOWN')
  expect(times).toBe(1)
})
