import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { rename, rm } from 'node:fs/promises'
import { Agent, request } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { addKey } from '../fixtures/process/api-keys.ts'
import { toolyard } from '../fixtures/process/command-line.ts'
import { type Programs, type Serving, startPrograms } from '../fixtures/process/serving.ts'

const run = promisify(execFile)
const pauseMs = 50

let programs: Programs
beforeAll(async () => {
  programs = await startPrograms()
})
afterEach(() => programs.kill())
afterAll(() => programs[Symbol.asyncDispose]())

/** One connection that stays open: no other can be accepted while descriptors are short. */
function connectTo({ base }: Serving) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  async function ask(path: string, key?: string) {
    const headers = key === undefined ? {} : { authorization: `Bearer ${key}` }
    const body = path === '/graphql' ? JSON.stringify({ query: '{ __typename }' }) : undefined
    const more = body === undefined ? {} : { 'content-type': 'application/json', 'content-length': body.length }
    const method = body === undefined ? 'GET' : 'POST'
    const asking = request(`${base}${path}`, { agent, method, headers: { ...headers, ...more } }).end(body)
    const [response] = await once(asking, 'response')
    return { status: response.statusCode, text: await text(response) }
  }
  async function untilStatus(status: number, path: string, key?: string): Promise<void> {
    while ((await ask(path, key)).status !== status) await new Promise((resolve) => setTimeout(resolve, pauseMs))
  }
  return { ask, untilStatus, [Symbol.dispose]: () => agent.destroy() }
}

async function follow({ url }: Serving, key: string) {
  const socket = new WebSocket(url.replace('http', 'ws'), 'graphql-transport-ws')
  const closed = once(socket, 'close').then(([code]) => code)
  await once(socket, 'open')
  socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${key}` } }))
  await once(socket, 'message')
  return { closed }
}

/** Soft limit alone, so that it can be raised again. What is open stays open. */
const limitDescriptors = ({ child }: Serving, count: number) =>
  run('prlimit', ['--pid', String(child.pid), `--nofile=${count}:`])

describe('a file of API keys that cannot be read while it is served', () => {
  it.skipIf(process.platform !== 'linux')(
    'as file descriptors are short, lets neither a revoked key in for good nor any other, until it can be read',
    async () => {
      const file = join(programs.folder, 'short.json')
      const [gone, kept] = [await addKey(file, 'read'), await addKey(file, 'read')]
      const operator = await toolyard(['keys', 'add', '--scopes', 'operator', '--file', file])
      const operatorKey = operator.stdout.trim()
      const serving = await programs.serve(['--api-keys', file])
      using connection = connectTo(serving)
      const { ask, untilStatus } = connection
      expect((await ask('/graphql', gone.key)).status).toBe(200)
      const { closed } = await follow(serving, gone.key)
      await limitDescriptors(serving, 0)
      await toolyard(['keys', 'revoke', gone.id, '--file', file])
      await untilStatus(401, '/graphql', gone.key)
      expect(await closed).toBe(4403)
      expect((await ask('/graphql', kept.key)).status).toBe(401)
      expect(await ask('/ready')).toEqual({ status: 503, text: '{"status":"not ready","reasons":["API_KEYS"]}' })
      const metrics = await ask('/metrics', operatorKey)
      expect(metrics.text.match(/^\w.*$/gm)).toEqual(['toolyard_api_keys_closed 1'])
      expect(serving.stderr()).toContain('cannot be read (EMFILE)')
      expect(serving.stderr()).toContain('no API key is valid until the file of API keys can be read')

      await limitDescriptors(serving, 1_024)
      await untilStatus(200, '/graphql', kept.key)
      expect((await ask('/graphql', gone.key)).status).toBe(401)
      expect((await ask('/ready')).status).toBe(200)
      const after = (await ask('/metrics', operatorKey)).text
      expect(after).toMatch(/^toolyard_api_keys_closed 0$/m)
      expect(Number(/^toolyard_api_keys_failed_reads_total (\d+)$/m.exec(after)?.[1])).toBeGreaterThanOrEqual(3)
    },
  )

  it('is told by doctor, and is well again by itself', async () => {
    const file = join(programs.folder, 'gone.json')
    const { key } = await addKey(file, 'admin')
    const serving = await programs.serve(['--api-keys', file])
    using connection = connectTo(serving)
    await rename(file, `${file}.away`)
    await connection.untilStatus(503, '/ready')
    const told = await toolyard(['doctor', '--url', serving.base, '--json'], { TOOLYARD_KEY: key })
    const codes = JSON.parse(told.stdout).checks.map(({ code }: { readonly code: string }) => code)
    expect([told.code, codes]).toEqual([4, expect.arrayContaining(['KEY_REFUSED', 'API_KEYS_UNREADABLE'])])
    await rename(`${file}.away`, file)
    await connection.untilStatus(200, '/graphql', key)
    expect((await connection.ask('/ready')).status).toBe(200)
    await rm(file)
  })
})
