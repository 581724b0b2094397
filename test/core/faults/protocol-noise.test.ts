import { createRegistry } from '@toolyard/core'
import { describe, expect, it } from 'vitest'
import { registered } from '../../fixtures/mcp/registered.ts'
import { openEvents, startScripted, textResult } from '../../fixtures/mcp/scripted-http.ts'
import { scriptedStdio } from '../../fixtures/mcp/scripted-stdio.ts'

const call = { server: 'a', tool: 'echo' }

describe('a server that breaks the protocol', () => {
  it('over stdio: a banner, other text, duplicate, unknown and late ids do not touch the right results', async () => {
    await using registry = await createRegistry()
    await registered(
      registry,
      'a',
      scriptedStdio(`
        raw('Welcome to the server!\\n\\n{"not": "a message"}\\n[1, 2]\\n{broken\\n')
        const late = []
        on((message) => {
          if (message.params?.arguments?.text === 'hang') return late.push(message)
          send({ id: 'unasked', result: {} })
          send({ id: 999999, result: { content: [] } })
          answer(message)
          answer(message)
          for (const each of late.splice(0)) answer(each)
        })`),
    )
    const hanging = await registry.tools.run(call, { text: 'hang' }, { timeoutMs: 100 })
    expect(hanging.status).toBe('TIMED_OUT')
    const texts = ['one', 'two', 'three']
    const runs = await Promise.all(texts.map((text) => registry.tools.run(call, { text })))
    expect(runs.map(({ status, result }) => [status, result?.funcReturn])).toEqual(
      texts.map((text) => ['SUCCEEDED', { text }]),
    )
    expect(registry.stats().protocolFaults).toBeGreaterThanOrEqual(10)
    expect(registry.stats().sessionsOpened).toBe(1)
  })

  it('over HTTP: the same by event stream', async () => {
    await using server = await startScripted((asked) => {
      if (asked.method !== 'tools/call') return false
      const send = openEvents(asked)
      asked.response.write('data: {broken\n\ndata: {"not": "a message"}\n\n')
      send({ id: 'unasked', result: {} })
      const answer = { id: asked.id, result: textResult('right') }
      send(answer)
      send(answer)
      asked.response.end()
      return true
    })
    await using registry = await createRegistry()
    await registered(registry, 'a', { transport: 'streamableHttp', serverUrl: server.url })
    const run = await registry.tools.run(call)
    expect(run).toMatchObject({ status: 'SUCCEEDED', result: { funcReturn: 'right' } })
    expect((await registry.tools.run(call)).status).toBe('SUCCEEDED')
    expect(registry.stats().protocolFaults).toBeGreaterThanOrEqual(6)
  })

  it('an answer without the answer fails the call at once, and says what came', async () => {
    await using server = await startScripted((asked) => {
      if (asked.method !== 'tools/call') return false
      asked.response.writeHead(200, { 'content-type': 'text/html' }).end('<html>It works!</html>')
      return true
    })
    await using registry = await createRegistry()
    await registered(registry, 'a', { transport: 'streamableHttp', serverUrl: server.url })
    expect(await registry.tools.run(call)).toMatchObject({
      error: { code: 'PROTOCOL_ERROR', httpStatus: 200, message: expect.stringContaining('expected an MCP endpoint') },
    })
  })
})
