import { createRegistry } from '@toolyard/core'
import { expect, it } from 'vitest'
import { createHandler } from '../handler.ts'

function ask(query: string, accept: string): Request {
  const headers = { 'content-type': 'application/json', accept }
  return new Request('http://localhost/graphql', { method: 'POST', headers, body: JSON.stringify({ query }) })
}

it('answers with a Response of the platform, with the status, headers and body', async () => {
  await using registry = await createRegistry()
  const handler = createHandler(registry)
  const found = await handler(ask('{ registryInfo { version } }', 'application/json'))
  expect(found).toBeInstanceOf(Response)
  expect(found.body).toBeInstanceOf(ReadableStream)
  expect(found.headers.get('content-type')).toMatch(/^application\/json/)
  expect(await found.json()).toMatchObject({ data: { registryInfo: { version: expect.any(String) } } })
  const lost = await handler(new Request('http://localhost/elsewhere'))
  expect(lost).toBeInstanceOf(Response)
  expect(lost.status).toBe(404)
})

it('ends a subscription when the pipe to its client is aborted', async () => {
  await using registry = await createRegistry()
  const handler = createHandler(registry)
  const { body } = await handler(ask('subscription { mcpServerEvents { __typename } }', 'text/event-stream'))
  const leaving = new AbortController()
  const begun = Promise.withResolvers<void>()
  const sent = body?.pipeTo(new WritableStream({ write: () => begun.resolve() }), { signal: leaving.signal })
  await begun.promise
  expect(handler.subscriptions.total).toBe(1)
  leaving.abort()
  await expect(sent).rejects.toBe(leaving.signal.reason)
  await expect.poll(() => handler.subscriptions.total).toBe(0)
})
