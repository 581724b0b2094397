import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { type IncomingMessage, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Letta from '@letta-ai/letta-client'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type RunningServer, startEverything } from '../fixtures/mcp/everything.ts'
import { behaviourTool, type FixtureServer, fixtureStdio, startFixture } from '../fixtures/mcp/mcp-fixture.ts'
import { childrenOf, goneWithin } from '../fixtures/process/processes.ts'
import {
  clientOf,
  countingFetch,
  type EmbeddedService,
  startEmbeddedService,
  startExample,
} from './embedded-service.ts'

let service: EmbeddedService
let client: Letta
let fixture: FixtureServer
let sse: RunningServer
beforeAll(async () => {
  ;[service, sse] = await Promise.all([startEmbeddedService(), startEverything('sse')])
  ;({ client } = service)
})
beforeEach(async () => {
  fixture = await startFixture()
  return () => fixture.close()
})
afterAll(async () => {
  await service[Symbol.asyncDispose]()
  await sse[Symbol.asyncDispose]()
})

let names = 0
function freshName(): string {
  names += 1
  return `server-${names}`
}

const http = () => ({ mcp_server_type: 'streamable_http' as const, server_url: fixture.url })

async function create(config: Letta.McpServerCreateParams['config'] = http(), name = freshName(), by = client) {
  const server = await by.mcpServers.create({ server_name: name, config })
  if (server.id === undefined) throw new Error('The server has no id')
  return { ...server, id: server.id }
}

async function toolNamed(serverId: string, name: string, by = client) {
  const tool = (await by.mcpServers.tools.list(serverId)).find((each) => each.name === name)
  if (!tool) throw new Error(`No tool is named ${name}`)
  return tool
}

/** A tool of a new server at the fixture, to be run. */
async function created(name: string, by = client) {
  const server = await create(http(), freshName(), by)
  const tool = await toolNamed(server.id, name, by)
  return { server, tool, run: { mcp_server_id: server.id } }
}

const calls = () => fixture.calls.filter(({ method }) => method === 'tools/call').length
const apiError = (status: number, detail: RegExp) => ({ status, error: { detail: expect.stringMatching(detail) } })

describe('what the client sends reaches real servers', () => {
  it.each([
    ['stdio', () => ({ mcp_server_type: 'stdio' as const, ...fixtureStdio() })],
    ['streamable_http', () => http()],
    ['sse', () => ({ mcp_server_type: 'sse' as const, server_url: sse.url })],
  ])('in all nine operations, over %s', async (type, config) => {
    const name = freshName()
    const server = await create(config(), name)
    expect(server).toMatchObject({ server_name: name, ...config() })
    expect(server.id).toMatch(/^mcps_/)
    expect(await client.mcpServers.retrieve(server.id)).toEqual(server)

    const renamed = await client.mcpServers.update(server.id, { server_name: `${name}-new`, config: config() })
    expect(renamed).toEqual({ ...server, server_name: `${name}-new` })
    expect(await client.mcpServers.list()).toContainEqual(renamed)

    expect(await client.mcpServers.refresh(server.id)).toEqual({ added: [], updated: [], deleted: [] })
    const echo = await toolNamed(server.id, 'echo')
    expect(echo).toMatchObject({
      tool_type: 'external_mcp',
      description: expect.any(String),
      json_schema: { name: 'echo', description: echo.description, parameters: { required: ['message'] } },
      args_json_schema: { type: 'object', properties: { message: { type: 'string' } } },
      tags: [`mcp:${name}-new`],
      metadata_: { mcp: { server_id: server.id, server_name: `${name}-new` } },
    })
    expect(await client.mcpServers.tools.retrieve(echo.id, { mcp_server_id: server.id })).toEqual(echo)

    const run = await client.mcpServers.tools.run(echo.id, { mcp_server_id: server.id, args: { message: 'hello' } })
    expect(run).toMatchObject({ status: 'success', stdout: [], stderr: [] })
    expect(run.func_return).toMatch(/hello$/)

    expect(await client.mcpServers.delete(server.id)).toBeNull()
    await expect(client.mcpServers.retrieve(server.id)).rejects.toMatchObject(apiError(404, /No MCP server/))
    expect(type).toBe(server.mcp_server_type)
  })

  it('with and without the trailing slash', async () => {
    for (const path of ['/v1/mcp-servers', '/v1/mcp-servers/']) {
      expect((await fetch(service.url + path)).status).toBe(200)
      const server_name = freshName()
      const body = JSON.stringify({ server_name, config: http() })
      const response = await fetch(service.url + path, { method: 'POST', body })
      expect(response.status).toBe(200)
      expect(await response.json()).toMatchObject({ server_name })
    }
  })

  it('with lists longer than a page of the library', async () => {
    const { id } = await create({ mcp_server_type: 'stdio', ...fixtureStdio('thousand') })
    expect(await client.mcpServers.tools.list(id)).toHaveLength(1000)
  })

  it('with a server that cannot be reached, which is registered all the same', async () => {
    const config = http()
    await fixture.close()
    const { id } = await create(config)
    expect(await client.mcpServers.tools.list(id)).toEqual([])
    const fetching = countingFetch()
    const counted = clientOf(service.url, { fetch: fetching.fetch })
    await expect(counted.mcpServers.refresh(id)).rejects.toMatchObject(apiError(502, /ECONNREFUSED|connect/))
    // Nothing came of it, so that it may well be sent again.
    expect(fetching.statuses).toEqual([502, 502, 502])
  })
})

describe('a refresh', () => {
  it('tells the names of what it added, updated and deleted', async () => {
    const tool = behaviourTool('echo')
    fixture.setTools([tool, { ...tool, name: 'changing' }, { ...tool, name: 'leaving' }])
    const { id } = await create()
    fixture.setTools([tool, { ...tool, name: 'changing', description: 'Changed' }, { ...tool, name: 'coming' }])
    const changes = { added: ['coming'], updated: ['changing'], deleted: ['leaving'] }
    expect(await client.mcpServers.refresh(id)).toEqual(changes)
    expect((await client.mcpServers.tools.list(id)).map(({ name }) => name)).toEqual(['changing', 'coming', 'echo'])
  })

  it('brings the agent id to the server', async () => {
    const { id } = await create()
    const agentIds = () =>
      fixture.calls.filter(({ method }) => method === 'tools/list').map(({ headers }) => headers['x-agent-id'])
    await client.mcpServers.refresh(id, { agent_id: 'agent-7' })
    expect(agentIds()).toEqual([undefined, 'agent-7'])
  })
})

describe('secrets', () => {
  const auth = {
    auth_header: 'X-Key',
    auth_token: 'a-token-of-many-characters',
    custom_headers: { 'X-Custom': 'hush' },
  }
  const mask = '********'

  async function headersAt(serverId: string) {
    const tool = await toolNamed(serverId, 'headers')
    const { func_return } = await client.mcpServers.tools.run(tool.id, { mcp_server_id: serverId })
    return func_return
  }

  it('reach the server and come back masked', async () => {
    const server = await create({ ...http(), ...auth })
    const masked = { auth_header: 'X-Key', auth_token: mask, custom_headers: { 'X-Custom': mask } }
    expect(server).toMatchObject(masked)
    expect(await headersAt(server.id)).toMatchObject({ 'x-key': auth.auth_token, 'x-custom': 'hush' })
    const stdio = await create({ mcp_server_type: 'stdio', ...fixtureStdio(), env: { TOKEN: 'hush' } })
    expect(stdio).toMatchObject({ env: { TOKEN: mask } })
    const all = JSON.stringify(await client.mcpServers.list())
    expect(all).not.toContain(auth.auth_token)
    expect(all).not.toContain('hush')
  })

  it('stay what they are where the mask is sent back, and are taken away where they are left out', async () => {
    const { id } = await create({ ...http(), ...auth })
    const masked = { auth_header: 'X-Key', auth_token: mask, custom_headers: { 'x-custom': mask, 'X-New': 'new' } }
    await client.mcpServers.update(id, { config: { ...http(), ...masked } })
    expect(await headersAt(id)).toMatchObject({ 'x-key': auth.auth_token, 'x-custom': 'hush', 'x-new': 'new' })

    const emptied = { auth_token: '', custom_headers: { 'X-New': mask } }
    const updated = await client.mcpServers.update(id, { config: { ...http(), ...emptied } })
    expect(updated).toMatchObject({ auth_header: null, auth_token: null, custom_headers: { 'X-New': mask } })
    const headers = await headersAt(id)
    expect(headers).toMatchObject({ 'x-new': 'new' })
    expect(headers).not.toHaveProperty('x-key')
    expect(headers).not.toHaveProperty('x-custom')
  })

  it('are refused as a mask where there is nothing behind it', async () => {
    const { id } = await create()
    await expect(create({ ...http(), auth_token: mask })).rejects.toMatchObject(apiError(422, /auth_token.*mask/))
    for (const config of [{ auth_token: mask }, { custom_headers: { 'X-A': mask } }]) {
      const update = client.mcpServers.update(id, { config: { ...http(), ...config } })
      await expect(update).rejects.toMatchObject(apiError(422, /mask of a secret that is not there/))
    }
  })
})

describe('what is refused is sent once', () => {
  async function refused(ask: (client: Letta) => Promise<unknown>) {
    const fetching = countingFetch()
    const error: unknown = await ask(clientOf(service.url, { fetch: fetching.fetch })).then(
      () => undefined,
      (thrown: unknown) => thrown,
    )
    expect(fetching.statuses).toHaveLength(1)
    return error
  }

  it('an id that nothing has: 404', async () => {
    const { server, tool } = await created('echo')
    const other = await create()
    const asking: readonly ((by: Letta) => Promise<unknown>)[] = [
      (by) => by.mcpServers.retrieve('mcp_server-1'),
      (by) => by.mcpServers.update('a/b', { config: http() }),
      (by) => by.mcpServers.delete('mcps_0'),
      (by) => by.mcpServers.refresh('mcps_0'),
      (by) => by.mcpServers.tools.list('mcps_0'),
      (by) => by.mcpServers.tools.retrieve('tool_0', { mcp_server_id: server.id }),
      (by) => by.mcpServers.tools.retrieve(tool.id, { mcp_server_id: other.id }),
      (by) => by.mcpServers.tools.run(tool.id, { mcp_server_id: other.id, args: { message: 'x' } }),
    ]
    for (const ask of asking) {
      const error = await refused(ask)
      expect(error).toBeInstanceOf(Letta.NotFoundError)
      expect(error).toMatchObject(apiError(404, /has/))
    }
    expect(calls()).toBe(0)
  })

  it('a tool that its server lists no more: 404', async () => {
    const { server, tool, run } = await created('echo')
    fixture.setTools([])
    await client.mcpServers.refresh(server.id)
    expect(await refused((by) => by.mcpServers.tools.retrieve(tool.id, run))).toMatchObject(apiError(404, /no tool/))
    expect(await refused((by) => by.mcpServers.tools.run(tool.id, run))).toMatchObject(apiError(404, /no tool/))
  })

  it('a name that is taken: 409', async () => {
    const { server_name } = await create()
    const other = await create()
    const error = await refused((by) => create(http(), server_name, by))
    expect(error).toBeInstanceOf(Letta.ConflictError)
    expect(error).toMatchObject(apiError(409, /taken/))
    const renaming = (by: Letta) => by.mcpServers.update(other.id, { server_name, config: http() })
    expect(await refused(renaming)).toMatchObject(apiError(409, /taken/))
  })

  it('a body that does not fit: 422 that names the member, and no secret', async () => {
    const { id } = await create()
    const asking: readonly [RegExp, (by: Letta) => Promise<unknown>][] = [
      [/server_url/, (by) => create({ ...http(), server_url: 'ftp://hush' }, freshName(), by)],
      [/name/, (by) => create(http(), '', by)],
      [/custom_headers\.A/, (by) => by.post('/v1/mcp-servers/', { body: withConfig({ custom_headers: { A: 7 } }) })],
      [/unknown_member/, (by) => by.post('/v1/mcp-servers/', { body: withConfig({ unknown_member: 'hush' }) })],
      [/mcp_server_type/, (by) => by.post('/v1/mcp-servers/', { body: withConfig({ mcp_server_type: 'hush' }) })],
      [/body/, (by) => by.post('/v1/mcp-servers/')],
      [/transport/, (by) => by.mcpServers.update(id, { config: { ...http(), mcp_server_type: 'sse' } })],
      [/auth_token/, (by) => by.mcpServers.update(id, { config: { ...http(), auth_header: 'X-Other' } })],
    ]
    for (const [member, ask] of asking) {
      const error = await refused(ask)
      expect(error).toBeInstanceOf(Letta.UnprocessableEntityError)
      expect(error).toMatchObject(apiError(422, member))
      expect(JSON.stringify(error)).not.toContain('hush')
    }
    const broken = await fetch(`${service.url}/v1/mcp-servers/`, { method: 'POST', body: '{"hush' })
    expect(broken.status).toBe(422)
    expect(await broken.json()).toEqual({ detail: 'body: expected JSON' })
  })

  function withConfig(config: object) {
    return { server_name: freshName(), config: { ...http(), ...config } }
  }

  it('args that do not fit the tool: 422, and nothing is sent', async () => {
    const { tool, run } = await created('echo')
    const asking = (args: Record<string, unknown>) => (by: Letta) => by.mcpServers.tools.run(tool.id, { ...run, args })
    expect(await refused(asking({ message: 7 }))).toMatchObject(apiError(422, /\/message must be string/))
    expect(await refused(asking({}))).toMatchObject(apiError(422, /\/message/))
    const listed = (by: Letta) =>
      by.post(`/v1/mcp-servers/${run.mcp_server_id}/tools/${tool.id}/run`, { body: { args: [] } })
    expect(await refused(listed)).toMatchObject(apiError(422, /body\.args/))
    expect(calls()).toBe(0)
  })

  it('a body that is too long: 413', async () => {
    const body = { server_name: 'x'.repeat(3_000_000) }
    expect(await refused((by) => by.post('/v1/mcp-servers/', { body }))).toMatchObject(apiError(413, /bytes/))
  })

  it('a page of another origin, or a name that points here: 403', async () => {
    const page = await fetch(`${service.url}/v1/mcp-servers/`, {
      method: 'POST',
      headers: { origin: 'http://pages.example' },
      body: JSON.stringify({ server_name: freshName(), config: http() }),
    })
    expect(page.status).toBe(403)
    const { port } = new URL(service.url)
    const headers = { host: 'rebound.example' }
    const rebound = request({ port, host: '127.0.0.1', path: '/v1/mcp-servers/', headers }).end()
    const [response]: IncomingMessage[] = await once(rebound, 'response')
    expect(response?.resume().statusCode).toBe(403)
  })
})

describe('a run', () => {
  it('answers structured content, and what the server wrote to stderr', async () => {
    const { id } = await create({ mcp_server_type: 'stdio', ...fixtureStdio() })
    const add = await toolNamed(id, 'add')
    const sum = await client.mcpServers.tools.run(add.id, { mcp_server_id: id, args: { a: 1, b: 2 } })
    expect(sum).toMatchObject({ status: 'success', func_return: { sum: 3 } })
    const stderr = await toolNamed(id, 'stderr')
    const run = await client.mcpServers.tools.run(stderr.id, { mcp_server_id: id, args: { lines: ['a', 'b'] } })
    expect(run).toMatchObject({ status: 'success', stderr: ['a', 'b'] })
  })

  it.each(['fail', 'refuse'])('of a tool that fails (%s) is an answer with status error, sent once', async (name) => {
    const { tool, run } = await created(name)
    expect(await client.mcpServers.tools.run(tool.id, run)).toMatchObject({
      status: 'error',
      func_return: expect.stringContaining('on purpose'),
      stdout: [],
      stderr: [],
    })
    expect(calls()).toBe(1)
  })

  it.each([{}, { stream: true }])('whose server dies meanwhile is not sent again (%o)', async (scenario) => {
    fixture.change(scenario)
    const fetching = countingFetch()
    const { tool, run } = await created('crash')
    const counted = clientOf(service.url, { fetch: fetching.fetch })
    const running = counted.mcpServers.tools.run(tool.id, run)
    await expect(running).rejects.toMatchObject(apiError(502, /unknown/))
    expect(fetching.statuses).toEqual([502])
    expect(calls()).toBe(1)
  })

  it('whose stdio server dies meanwhile is not sent again', async () => {
    const { id } = await create({ mcp_server_type: 'stdio', ...fixtureStdio() })
    const tool = await toolNamed(id, 'crash')
    const response = await client.mcpServers.tools
      .run(tool.id, { mcp_server_id: id }, { maxRetries: 0 })
      .catch((error: unknown) => error)
    expect(response).toMatchObject(apiError(502, /unknown/))
    if (!(response instanceof Letta.APIError)) throw response
    expect(response.headers.get('x-should-retry')).toBe('false')
  })

  it('that cannot reach its server says so once', async () => {
    const { tool, run } = await created('echo')
    await fixture.close()
    const fetching = countingFetch()
    const counted = clientOf(service.url, { fetch: fetching.fetch })
    const running = counted.mcpServers.tools.run(tool.id, { ...run, args: { message: 'x' } })
    await expect(running).rejects.toMatchObject({ status: 502 })
    expect(fetching.statuses).toEqual([502])
  })

  it('that takes too long is answered before the client gives up and sends it again', async () => {
    const { tool, run } = await created('hang')
    const running = client.mcpServers.tools.run(tool.id, run, { timeout: 1_000 })
    await expect(running).rejects.toMatchObject(apiError(504, /timeoutMs/))
    expect(calls()).toBe(1)
  })

  it('whose answer was lost is not sent again when the client asks again', async () => {
    const { tool, run } = await created('count')
    const losing = countingFetch({ loses: true })
    const losingClient = clientOf(service.url, { fetch: losing.fetch })
    const running = losingClient.mcpServers.tools.run(tool.id, run)
    await expect(running).rejects.toMatchObject(apiError(409, /not sent again/))
    expect(losing.statuses).toEqual([200, 409])
    expect(calls()).toBe(1)
  })

  it('whose answer was lost is answered again by its idempotency key', async () => {
    const { tool, run } = await created('count')
    const losing = countingFetch({ loses: true })
    const losingClient = clientOf(service.url, { fetch: losing.fetch })
    const headers = { 'Idempotency-Key': 'one' }
    const running = losingClient.mcpServers.tools.run(tool.id, run, { headers })
    expect(await running).toMatchObject({ status: 'success', func_return: { count: 1 } })
    expect(losing.statuses).toEqual([200, 200])
    expect(calls()).toBe(1)
  })

  it('whose answer was lost is sent again where its tool says that this is harmless', async () => {
    fixture.setTools([{ ...behaviourTool('count'), annotations: { readOnlyHint: true } }])
    const { tool, run } = await created('count')
    const losing = countingFetch({ loses: true })
    const losingClient = clientOf(service.url, { fetch: losing.fetch })
    expect(await losingClient.mcpServers.tools.run(tool.id, run)).toMatchObject({ func_return: { count: 2 } })
  })

  it('whose client goes away is cancelled at the server', async () => {
    const { tool, run } = await created('hang')
    const leave = new AbortController()
    const running = client.mcpServers.tools.run(tool.id, run, { signal: leave.signal })
    await fixture.received('tools/call')
    const cancelled = fixture.received('notifications/cancelled')
    leave.abort()
    await expect(running).rejects.toBeInstanceOf(Letta.APIUserAbortError)
    await cancelled
    expect(calls()).toBe(1)
  })
})

describe('the process', () => {
  it('lets runs end at SIGTERM, takes nothing new, leaves no child and exits with 0', async () => {
    await using ending = await startEmbeddedService()
    const { tool, run } = await created('slow', ending.client)
    await create({ mcp_server_type: 'stdio', ...fixtureStdio('stubborn') }, freshName(), ending.client)
    const children = childrenOf(ending.pid)
    expect(children).toHaveLength(1)
    const running = ending.client.mcpServers.tools.run(tool.id, { ...run, args: { ms: 500 } })
    await fixture.received('tools/call')
    ending.stop()
    expect(await running).toMatchObject({ status: 'success', func_return: 'Answered after 500 ms' })
    expect(await ending.exit).toEqual([0, null])
    await expect(fetch(ending.url)).rejects.toThrow()
    await goneWithin(children, 5_000)
    expect(ending.stderr()).toBe('')
  })

  it('keeps it all in DATABASE_PATH', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'toolyard-'))
    try {
      const DATABASE_PATH = join(folder, 'service.db')
      await using first = await startEmbeddedService({ DATABASE_PATH })
      const { server, tool } = await created('echo', first.client)
      first.stop()
      await first.exit
      await using second = await startEmbeddedService({ DATABASE_PATH })
      expect(await second.client.mcpServers.list()).toEqual([server])
      expect(await toolNamed(server.id, 'echo', second.client)).toEqual(tool)
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it.each([['x'], ['65536'], ['']])('refuses the port "%s" in one line', async (PORT) => {
    const { exit, stderr } = startExample({ PORT })
    expect(await exit).toEqual([2, null])
    expect(stderr()).toMatch(/^PORT: .+\n$/)
  })

  it('says in one line that a port is taken', async () => {
    const { port } = new URL(fixture.url)
    const { exit, stderr } = startExample({ PORT: port })
    expect(await exit).toEqual([1, null])
    expect(stderr()).toMatch(/^.*EADDRINUSE.*\n$/)
  })
})
