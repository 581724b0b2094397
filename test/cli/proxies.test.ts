import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRegistry } from '@toolyard/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ForwardProxy, startForwardProxy } from '../fixtures/http/forward-proxy.ts'
import { serveRegistry } from '../fixtures/http/serve-registry.ts'
import { type ScriptedServer, startScripted } from '../fixtures/mcp/scripted-http.ts'
import { toolyard } from '../fixtures/process/command-line.ts'
import { startPrograms } from '../fixtures/process/serving.ts'

let folder: string
let mcp: ScriptedServer
let proxy: ForwardProxy
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'toolyard-'))
  mcp = await startScripted()
  proxy = await startForwardProxy({ routes: { 'mcp.example:80': mcp.port }, credentials: 'me:word' })
})
afterAll(async () => {
  await proxy[Symbol.asyncDispose]()
  await mcp[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})
const databaseUrl = () => ({ TOOLYARD_DATABASE_URL: `sqlite:${join(folder, 'a.db')}` })

describe('the command line', () => {
  it.each(['HTTP_PROXY', 'http_proxy'])('reaches MCP servers through the proxy of %s', async (variable) => {
    const env = { ...databaseUrl(), [variable]: proxy.url }
    const name = variable === 'HTTP_PROXY' ? 'large' : 'small'
    expect(await toolyard(['add', name, 'http://mcp.example/mcp'], env)).toMatchObject({ code: 0 })
    const ran = await toolyard(['run', `${name}/echo`, 'n=1'], env)
    expect([ran.code, ran.stdout]).toEqual([0, '{"n":1}\n'])
    expect(proxy.asked).toContain('POST http://mcp.example/mcp')
    const { stdout } = await toolyard(['doctor', '--json'], env)
    const check = JSON.parse(stdout).checks.find(({ subject }: { subject: string }) => subject === variable)
    expect(check).toMatchObject({
      area: 'POLICIES',
      status: 'OK',
      message: `HTTP servers are reached through http://${proxy.host}`,
    })
    expect(stdout).not.toContain('word')
  })

  it('does not, where NO_PROXY names the host', async () => {
    const before = proxy.asked.length
    const env = { ...databaseUrl(), HTTP_PROXY: proxy.url, NO_PROXY: 'mcp.example' }
    expect((await toolyard(['run', 'large/echo'], env)).code).not.toBe(0)
    expect(proxy.asked).toHaveLength(before)
  })

  it.each(['socks5://me:word@127.0.0.1:1080', 'ftp://me:word@a'])(
    'says which variable is no proxy, without its value: %s',
    async (url) => {
      for (const args of [['list'], ['list', '--url', 'http://api.example/'], ['doctor']]) {
        const { code, stdout, stderr } = await toolyard(args, { ...databaseUrl(), https_proxy: url })
        expect(code).toBe(args[0] === 'doctor' ? 1 : 2)
        expect(stdout + stderr).toContain('https_proxy: proxy.httpsProxy: expected an http: or https: URL of a proxy')
        expect(stdout + stderr).not.toContain('word')
      }
    },
  )

  it('reaches a server of toolyard through it, with event streams and the probes of doctor', async () => {
    const registry = await createRegistry()
    const server = await serveRegistry(registry, { allowedOrigins: ['http://api.example'] })
    const port = Number(new URL(server.url).port)
    await using api = await startForwardProxy({ routes: { 'api.example:80': port } })
    const env = { HTTP_PROXY: api.host, TOOLYARD_URL: 'http://api.example' }
    expect(await toolyard(['add', 'a', mcp.url], env)).toMatchObject({ code: 0 })
    expect((await toolyard(['run', 'a/echo', 'n=1'], env)).stdout).toBe('{"n":1}\n')
    expect((await toolyard(['doctor', '--json'], env)).code).toBe(0)
    expect(api.asked).toEqual(
      expect.arrayContaining(['POST http://api.example/graphql', 'GET http://api.example/ready']),
    )
    await server.close()
  })
})

it('toolyard serve reaches MCP servers through the proxies of its environment', async () => {
  await using programs = await startPrograms()
  const { url } = await programs.serve([], { HTTP_PROXY: proxy.url })
  const before = proxy.asked.length
  const config = '{ streamableHttp: { serverUrl: "http://mcp.example/mcp" } }'
  const query = `mutation { createMcpServer(input: { name: "a", config: ${config}, refresh: true }) { __typename } }`
  const body = JSON.stringify({ query })
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  expect(await response.text()).toContain('CreateMcpServerPayload')
  await mcp.next('tools/list')
  expect(proxy.asked.length).toBeGreaterThan(before)
})
