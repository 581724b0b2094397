import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { createRegistry } from '@toolyard/core'
import { sqliteStorage } from '@toolyard/core/sqlite'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import {
  type Asking,
  asking,
  createServerMutation,
  type RunEvent,
  startFiftyRuns,
  startRun,
} from '../fixtures/mcp/in-flight.ts'
import { type FixtureServer, fixtureStdio, startFixture } from '../fixtures/mcp/mcp-fixture.ts'
import { startScripted, textResult } from '../fixtures/mcp/scripted-http.ts'
import { childrenOf, goneWithin, isAlive } from '../fixtures/process/processes.ts'
import { type Programs, type Serving, startPrograms } from '../fixtures/process/serving.ts'

let programs: Programs
let fixture: FixtureServer
const askers: Asking[] = []
beforeAll(async () => {
  programs = await startPrograms()
  fixture = await startFixture()
})
afterEach(async () => {
  for (const asker of askers.splice(0)) await asker[Symbol.asyncDispose]()
  programs.kill()
})
afterAll(async () => {
  await programs[Symbol.asyncDispose]()
  await fixture[Symbol.asyncDispose]()
})

const minute = '60000'
let databases = 0

/** `toolyard serve` on a file of its own, and a client of it. */
async function serve(graceMs: string): Promise<Serving & { readonly path: string; readonly client: Asking }> {
  databases += 1
  const path = join(programs.folder, `${databases}.db`)
  const serving = await programs.serve(['--database-url', `sqlite:${path}`, '--shutdown-grace-ms', graceMs])
  const client = asking(serving.url)
  askers.push(client)
  return { ...serving, path, client }
}

/** Reads all runs from the database, after every process has closed it. */
async function runsIn(path: string) {
  await using registry = await createRegistry({ storage: sqliteStorage({ path }) })
  const { edges } = await registry.runs.list({ first: 100 })
  return new Map(edges.map(({ node: { id, status, error } }) => [String(id), { status, error }]))
}

/** How a run ended, as the last of its events says. */
function endOf(events: readonly RunEvent[]) {
  const last = events.at(-1)
  expect(last?.__typename).toBe('ToolRunFinished')
  return last?.run
}

/** Writes a POST as far as `body` goes, on a socket that is never read. */
async function rawRequest(url: string, headers: Readonly<Record<string, string>>, body: string): Promise<Socket> {
  const { hostname, port, host, pathname } = new URL(url)
  const socket = connect(Number(port), hostname).on('error', () => undefined)
  await once(socket, 'connect')
  const all = { host, 'content-type': 'application/json', 'content-length': String(body.length), ...headers }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`)
  socket.write(`POST ${pathname} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${body}`)
  return socket
}

const canceled = { status: 'CANCELED', error: { code: 'CANCELED', canceledBy: 'REGISTRY_CLOSED' } }

describe('a shutdown', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    'by %s begins with /ready at 503 and refusals, and lets runs end',
    async (signal) => {
      const answers: (() => void)[] = []
      await using mcp = await startScripted(({ method, result }) => {
        if (method === 'tools/call') answers.push(() => result(textResult('done')))
        return method === 'tools/call'
      })
      const { base, child, exit, client } = await serve(minute)
      await client.register('a', { streamableHttp: { serverUrl: mcp.url } })
      const asked = mcp.next('tools/call')
      const run = await client.start('a', 'echo')
      await asked

      child.kill(signal)
      await expect.poll(async () => (await fetch(`${base}/ready`)).status).toBe(503)
      expect((await fetch(`${base}/health`)).status).toBe(200)
      const { runMcpTool } = await client.ask(startRun, { server: 'a', tool: 'echo' })
      expect(runMcpTool).toMatchObject({ code: 'CLOSED' })
      expect(mcp.count('tools/call')).toBe(1)
      const late = new WebSocket(base.replace('http', 'ws').concat('/graphql'), 'graphql-transport-ws')
      const [error]: Error[] = await once(late, 'error')
      expect(error?.message).toContain('403')
      const query = `{ toolRun(id: "${run.id}") { status } }`
      expect(await client.ask(query)).toEqual({ toolRun: { status: 'RUNNING' } })

      answers[0]?.()
      expect(endOf(await run.events)).toEqual({ status: 'SUCCEEDED', error: null })
      expect(await exit).toEqual([0, null])
      await expect(fetch(base)).rejects.toThrow()
    },
  )

  it('settles fifty runs over HTTP and stdio, and leaves no child', async () => {
    const { child, exit, client, path, stderr } = await serve('1500')
    const runs = await startFiftyRuns(client, { serverUrl: fixture.url, ms: 300 })
    const children = childrenOf(child.pid ?? 0)
    expect(children).toHaveLength(3)

    child.kill('SIGTERM')
    const ends = await Promise.all(
      runs.map(async ({ id, isEndless, events }) => ({ id, isEndless, end: endOf(await events) })),
    )
    expect(await exit).toEqual([0, null])
    expect(children.map(isAlive)).toEqual(['gone', 'gone', 'gone'])
    expect(stderr()).not.toMatch(/"level":[56]0/)

    const stored = await runsIn(path)
    expect(stored.size).toBe(50)
    for (const { id, isEndless, end } of ends) {
      // Whether one that takes 300 ms ends within the grace is the machine's to say.
      if (isEndless || end?.status !== 'SUCCEEDED') expect(end).toEqual(canceled)
      expect(stored.get(id)).toMatchObject({ status: end?.status, error: end?.error && canceled.error })
    }
  })

  it('ends at once at a second signal; what was in flight is found out by the next start', async () => {
    const { base, child, exit, client, path } = await serve(minute)
    await client.register('a', { stdio: fixtureStdio() })
    const { id, events } = await client.start('a', 'hang')
    const cutOff = expect(events).rejects.toMatchObject({ code: 1006 })
    const children = childrenOf(child.pid ?? 0)
    child.kill('SIGTERM')
    await expect.poll(async () => (await fetch(`${base}/ready`)).status).toBe(503)
    child.kill('SIGINT')
    expect(await exit).toEqual([130, null])
    await cutOff
    await goneWithin(children, 10_000)
    expect((await runsIn(path)).get(id)).toMatchObject({ status: 'OUTCOME_UNKNOWN', error: { code: 'INTERRUPTED' } })
  })

  it('does not wait for clients that do not read, do not ask to the end, or do not close', async () => {
    const { url, child, exit, client, stderr } = await serve('0')
    await client.register('a', { streamableHttp: { serverUrl: fixture.url } })
    const { id, events } = await client.start('a', 'big', { chars: 900_000 })
    await events
    // More than the buffers of a socket hold.
    const aliases = Array.from({ length: 25 }, (_, n) => `a${n}: result { funcReturn }`).join(' ')
    const query = `subscription { toolRunEvents(runId: "${id}") { ... on ToolRunFinished { run { ${aliases} } } } }`
    const unread = await rawRequest(url, { accept: 'text/event-stream' }, JSON.stringify({ query }))
    await once(unread, 'readable')
    const unasked = await rawRequest(url, { 'content-length': '1000' }, '{')
    const socket = new WebSocket(url.replace('http', 'ws'), 'graphql-transport-ws')
    await once(socket, 'open')
    socket.send(JSON.stringify({ type: 'connection_init' }))
    await once(socket, 'message')
    socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query } }))
    // From here on it neither reads nor answers a close.
    socket.pause()

    child.kill('SIGTERM')
    expect(await exit).toEqual([0, null])
    expect(stderr()).not.toMatch(/"level":[56]0/)
    for (const each of [unread, unasked]) each.destroy()
    socket.terminate()
  })

  it('does not wait for an MCP server that does not take the connection', async () => {
    const silent = createServer().listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const address = silent.address()
    const { child, exit, client } = await serve('0')
    const accepted = once(silent, 'connection')
    const serverUrl = `https://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/mcp`
    const config = { streamableHttp: { serverUrl } }
    await client.ask(createServerMutation, { input: { name: 'a', config } })
    const [socket]: Socket[] = await accepted
    socket?.resume()
    child.kill('SIGTERM')
    expect(await exit).toEqual([0, null])
    silent.close()
  })
})
