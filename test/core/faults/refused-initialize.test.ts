import { createRegistry } from '@toolyard/core'
import { expect, it } from 'vitest'
import { registered } from '../../fixtures/mcp/registered.ts'
import { startScripted } from '../../fixtures/mcp/scripted-http.ts'
import { startScriptedSse } from '../../fixtures/mcp/scripted-sse.ts'

it.each([
  [401, 'AUTH_REQUIRED', 'asks for authorization (HTTP 401)'],
  [403, 'AUTH_REQUIRED', 'asks for authorization (HTTP 403)'],
  [400, 'CONNECT_FAILED', 'answered HTTP 400, expected an MCP endpoint: because'],
  [404, 'CONNECT_FAILED', 'answered HTTP 404, expected an MCP endpoint: because'],
  [410, 'CONNECT_FAILED', 'answered HTTP 410, expected an MCP endpoint: because'],
  [429, 'BUSY', 'is busy (HTTP 429): because'],
  [500, 'CONNECT_FAILED', 'answered HTTP 500, expected an MCP endpoint: because'],
  [503, 'BUSY', 'is busy (HTTP 503): because'],
])('HTTP %s to initialize is told as it is, over streamable HTTP and SSE alike', async (status, code, words) => {
  for (const start of [startScripted, startScriptedSse]) {
    await using server = await start(({ method, response }) => {
      if (method !== 'initialize') return false
      const body = { jsonrpc: '2.0', id: null, error: { code: -32000, message: 'because' } }
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
      return true
    })
    await using registry = await createRegistry()
    const transport = start === startScriptedSse ? 'sse' : 'streamableHttp'
    await expect(registered(registry, 'a', { transport, serverUrl: server.url })).rejects.toMatchObject({
      code,
      message: expect.stringContaining(words),
      details: { httpStatus: status },
    })
    expect(server.count('initialize')).toBe(1)
  }
})

it('a server that is busy is asked again when it says so, over SSE too', async () => {
  let refusals = 1
  await using server = await startScriptedSse(({ method, response }) => {
    if (method !== 'initialize' || refusals === 0) return false
    refusals -= 1
    response.writeHead(503, { 'retry-after': '0' }).end()
    return true
  })
  await using registry = await createRegistry()
  await registered(registry, 'a', { transport: 'sse', serverUrl: server.url })
  expect(server.count('initialize')).toBe(2)
})

it('a connection that breaks under initialize is told as it is, over SSE too', async () => {
  await using server = await startScriptedSse(({ method, request }) => {
    if (method === 'initialize') request.socket.destroy()
    return method === 'initialize'
  })
  await using registry = await createRegistry()
  await expect(registered(registry, 'a', { transport: 'sse', serverUrl: server.url })).rejects.toMatchObject({
    code: 'CONNECT_FAILED',
    retryable: true,
    message: expect.stringContaining('the connection broke'),
  })
})
