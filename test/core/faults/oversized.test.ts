import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, createGzip, deflateSync, gzipSync } from 'node:zlib'
import { createRegistry } from '@toolyard/core'
import { describe, expect, it } from 'vitest'
import { registered, timed } from '../../fixtures/mcp/registered.ts'
import { type Asked, openEvents, startScripted, textResult } from '../../fixtures/mcp/scripted-http.ts'
import { scriptedStdio } from '../../fixtures/mcp/scripted-stdio.ts'

const call = { server: 'a', tool: 'echo' }
const cap = 64 * 1024
const options = { budgets: { messageBytes: cap }, sessions: { bodyIdleMs: 300 } }
const tooLong = {
  error: { code: 'LIMIT_EXCEEDED', message: expect.stringContaining(`${cap} bytes (messageBytes)`) },
}

/** Answers calls in the given way, and everything else soundly. */
const calls = (answer: (asked: Asked) => void) =>
  startScripted((asked) => {
    if (asked.method !== 'tools/call') return false
    answer(asked)
    return true
  })

const textAnswer = ({ id }: Asked, chars: number) =>
  JSON.stringify({ jsonrpc: '2.0', id, result: textResult('x'.repeat(chars)) })

describe('a message over the cap', () => {
  it('over stdio ends the session, and the next call has a new one', async () => {
    await using registry = await createRegistry(options)
    await registered(
      registry,
      'a',
      scriptedStdio(`on((message) => {
        if (message.params?.arguments?.big) raw('x'.repeat(${cap + 1}))
        else answer(message)
      })`),
    )
    const { ms, value: run } = await timed(() => registry.tools.run(call, { big: true }))
    expect(run).toMatchObject({ status: 'OUTCOME_UNKNOWN', ...tooLong })
    expect(ms).toBeLessThan(1_500)
    expect((await registry.tools.run(call)).status).toBe('SUCCEEDED')
  })

  it.each([
    ['a JSON body', (asked: Asked) => void asked.response.writeHead(200, { 'content-type': 'application/json' }), ''],
    ['one event of a stream', (asked: Asked) => void openEvents(asked), 'data: '],
  ])('over HTTP fails as soon as the cap is passed: %s', async (_, begin, head) => {
    await using server = await calls((asked) => {
      if (asked.args.big) {
        begin(asked)
        // Without an end: only what is over the cap can end it.
        asked.response.write(`${head}${'x'.repeat(cap + 1)}`)
      } else asked.result({ content: [] })
    })
    await using registry = await createRegistry(options)
    await registered(registry, 'a', { transport: 'streamableHttp', serverUrl: server.url })
    const { ms, value: run } = await timed(() => registry.tools.run(call, { big: true }))
    expect(run).toMatchObject({ status: 'OUTCOME_UNKNOWN', ...tooLong })
    expect(ms).toBeLessThan(1_500)
    expect((await registry.tools.run(call)).status).toBe('SUCCEEDED')
  })

  it('is counted after decompression', async () => {
    await using server = await calls((asked) => {
      const body = gzipSync(textAnswer(asked, 10 * cap))
      expect(body.length).toBeLessThan(cap)
      asked.response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end(body)
    })
    await using registry = await createRegistry(options)
    await registered(registry, 'a', { transport: 'streamableHttp', serverUrl: server.url })
    const { ms, value: run } = await timed(() => registry.tools.run(call))
    expect(run).toMatchObject(tooLong)
    expect(ms).toBeLessThan(1_500)
  })

  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ])('and one that is not: %s is read as any other', async (encoding, compress) => {
    await using server = await calls((asked) => {
      const headers = { 'content-type': 'application/json', 'content-encoding': encoding }
      asked.response.writeHead(200, headers).end(compress(textAnswer(asked, 1_000)))
    })
    await using registry = await createRegistry(options)
    await registered(registry, 'a', { transport: 'streamableHttp', serverUrl: server.url })
    expect((await registry.tools.run(call)).result?.funcReturn).toBe('x'.repeat(1_000))
  })

  it('of 100 MB in a gzip bomb takes less than 3 times the cap of memory', async () => {
    await using server = await calls((asked) => {
      asked.response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
      const gzip = createGzip()
      gzip.pipe(asked.response)
      const zeros = Buffer.alloc(1024 * 1024)
      for (let mebibytes = 0; mebibytes < 100; mebibytes += 1) gzip.write(zeros)
      gzip.end()
    })
    const script = fileURLToPath(new URL('../../fixtures/process/metered-registry.ts', import.meta.url))
    const child = fork(script, [server.url], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
    const exited = once(child, 'exit')
    const [told] = await once(child, 'message')
    await exited
    expect(told).toMatchObject({ code: 'LIMIT_EXCEEDED' })
    expect(told.grownBytes).toBeLessThan(3 * told.capBytes)
  })
})
