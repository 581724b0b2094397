import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { createClient } from 'graphql-ws'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { type FixtureServer, startFixture } from '../fixtures/mcp/mcp-fixture.ts'
import { addKey } from '../fixtures/process/api-keys.ts'
import { toolyard } from '../fixtures/process/command-line.ts'
import { type Programs, type Serving, startPrograms } from '../fixtures/process/serving.ts'
import { version } from '../fixtures/process/version.ts'

let programs: Programs
let fixture: FixtureServer
beforeAll(async () => {
  programs = await startPrograms()
  fixture = await startFixture()
})
afterEach(() => programs.kill())
afterAll(async () => {
  await programs[Symbol.asyncDispose]()
  await fixture.close()
})

async function ask(url: string, query: string) {
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query }) })
  return response.json()
}

async function register({ url }: Serving): Promise<string> {
  const input = `{ name: "a_server", config: { streamableHttp: { serverUrl: "${fixture.url}" } }, refresh: false }`
  const created = await ask(
    url,
    `mutation { createMcpServer(input: ${input}) { ... on CreateMcpServerPayload { server { ... on McpServerBase { id } } } } }`,
  )
  const { id } = created.data.createMcpServer.server
  await ask(url, `mutation RefreshOfTest { refreshMcpServer(input: { id: "${id}", wait: true }) { __typename } }`)
  return id
}

const runOf = (tool: string, wait = true) =>
  `mutation RunOfTest { runMcpTool(input: { tool: { qualified: { server: "a_server", tool: "${tool}" } }, wait: ${wait} }) {
    ... on RunMcpToolPayload { run { id } } } }`

const scrape = async ({ base }: Pick<Serving, 'base'>) => (await fetch(`${base}/metrics`)).text()

/** The value of each series, by its name with its labels as Prometheus writes them. */
const seriesOf = (exposed: string): ReadonlyMap<string, number> =>
  new Map(
    exposed.split('\n').flatMap((line) => {
      const [, series, value] = /^(\w+(?:\{.*\})?) (\S+)$/.exec(line) ?? []
      return series === undefined ? [] : [[series, Number(value)] as const]
    }),
  )

/** The metrics by name, with their types. */
const typesOf = (exposed: string): ReadonlyMap<string, string> =>
  new Map([...exposed.matchAll(/^# TYPE (\w+) (\w+)$/gm)].map(([, name = '', type = '']) => [name, type]))

describe('/metrics', () => {
  it('counts requests, sessions, jobs, events and operations', async () => {
    const serving = await programs.serve()
    const before = seriesOf(await scrape(serving))
    expect(before.get('toolyard_sessions')).toBe(0)
    expect(before.get('toolyard_jobs_total{kind="RUN",status="SUCCEEDED"}')).toBe(0)
    const serverId = await register(serving)
    await ask(serving.url, runOf('json_text'))
    await ask(serving.url, runOf('refuse'))
    await ask(serving.url, runOf('fail'))
    await ask(serving.url, '{ mcpTools(first: -1) { nodes { id } } }')
    const { data } = await ask(serving.url, runOf('hang', false))
    const client = createClient({ url: serving.url.replace('http', 'ws'), webSocketImpl: WebSocket, retryAttempts: 0 })
    const { promise: started, resolve } = Promise.withResolvers<void>()
    const { id } = data.runMcpTool.run
    const followed = new Promise<void>((complete, reject) => {
      client.subscribe(
        { query: `subscription Follow { toolRunEvents(runId: "${id}") { __typename } }` },
        { next: () => resolve(), error: reject, complete },
      )
    })
    await started
    const exposed = await scrape(serving)
    const now = seriesOf(exposed)
    const duration = 'mcp_client_operation_duration_seconds_count'
    const labels = (method: string, errorType: string) =>
      `{method="${method}",transport="STREAMABLE_HTTP",error_type="${errorType}"}`
    for (const [series, value] of [
      [`${duration}${labels('initialize', '')}`, 1],
      [`${duration}${labels('tools/list', '')}`, 1],
      [`${duration}${labels('tools/call', '')}`, 1],
      [`${duration}${labels('tools/call', 'JSON_RPC_ERROR')}`, 1],
      [`${duration}${labels('tools/call', 'tool_error')}`, 1],
      ['toolyard_sessions', 1],
      ['toolyard_sessions_idle', 0],
      ['toolyard_sessions_opened_total', 1],
      ['toolyard_requests_waiting', 0],
      ['toolyard_protocol_faults_total', 0],
      ['toolyard_jobs_running', 1],
      ['toolyard_jobs_total{kind="RUN",status="SUCCEEDED"}', 1],
      ['toolyard_jobs_total{kind="RUN",status="FAILED"}', 2],
      ['toolyard_jobs_total{kind="REFRESH",status="SUCCEEDED"}', 1],
      ['toolyard_job_duration_seconds_count{kind="RUN"}', 3],
      ['toolyard_event_subscribers', 1],
      ['toolyard_resource_followers', 0],
      ['toolyard_followed_resources', 0],
      ['toolyard_websockets', 1],
      ['toolyard_graphql_subscriptions', 1],
      ['toolyard_graphql_operation_duration_seconds_count{operation="other",type="mutation",outcome="ok"}', 5],
      ['toolyard_graphql_operation_duration_seconds_count{operation="anonymous",type="query",outcome="error"}', 1],
      ['toolyard_graphql_operation_duration_seconds_count{operation="other",type="subscription",outcome="ok"}', 1],
      ['toolyard_api_keys_closed', 0],
      ['toolyard_api_keys_failed_reads_total', 0],
      [`toolyard_info{version="${version}"}`, 1],
    ] as const) {
      expect(now.get(series), series).toBe(value)
    }
    for (const unbounded of [serverId, id, 'a_server', 'json_text']) expect(exposed).not.toContain(unbounded)
    expect(typesOf(exposed).get('process_resident_memory_bytes')).toBe('gauge')
    await ask(serving.url, `mutation { cancelJob(input: { id: "${id}" }) { __typename } }`)
    await followed
    await client.dispose()
    const later = seriesOf(await scrape(serving))
    expect(later.get('toolyard_jobs_running')).toBe(0)
    expect(later.get('toolyard_jobs_total{kind="RUN",status="CANCELED"}')).toBe(1)
    expect(later.get('toolyard_event_lag_seconds_count')).toBeGreaterThan(0)
    expect(later.get('toolyard_graphql_subscriptions')).toBe(0)
  })

  it('has the names of persisted operations, and of no other', async () => {
    const manifest = join(programs.folder, 'persisted.json')
    await writeFile(manifest, JSON.stringify({ a: 'query Ours { __typename }' }))
    const serving = await programs.serveHere(['--persisted-operations', manifest])
    for (const name of ['Ours', 'CustomerOfTenantA', 'ServerRows'])
      await ask(serving.url, `query ${name} { __typename }`)
    const counts = [...seriesOf(await scrape(serving))].flatMap(([series, value]) => {
      const name = /^toolyard_graphql_operation_duration_seconds_count\{operation="(\w+)"/.exec(series)?.[1]
      return name === undefined ? [] : [[name, value]]
    })
    // One of the console's own is called ServerRows.
    expect(Object.fromEntries(counts)).toEqual({ Ours: 1, ServerRows: 1, other: 1 })
  })

  it('is for keys with the scope operator, where there are keys, and these are for nothing else', async () => {
    const file = join(programs.folder, 'keys.json')
    const { key: tenantKey } = await addKey(file, 'read,run,write,admin')
    const added = await toolyard(['keys', 'add', '--scopes', 'operator', '--file', file, '--json'])
    const { key: operator } = JSON.parse(added.stdout)
    const { base, url } = await programs.serveHere(['--api-keys', file])
    const authorization = (key: string) => ({ authorization: `Bearer ${key}` })
    const get = async (key?: string) =>
      fetch(`${base}/metrics`, key === undefined ? {} : { headers: authorization(key) })
    const unknown = await get()
    expect(unknown.status).toBe(401)
    expect(unknown.headers.get('www-authenticate')).toBe('Bearer')
    expect(await unknown.json()).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] })
    expect((await get('nonsense')).status).toBe(401)
    const forbidden = await get(tenantKey)
    expect(forbidden.status).toBe(403)
    expect(await forbidden.json()).toMatchObject({ errors: [{ extensions: { code: 'FORBIDDEN' } }] })
    const allowed = await get(operator)
    expect(allowed.status).toBe(200)
    expect(allowed.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/)
    expect(await allowed.text()).toContain('toolyard_sessions 0')

    const query = '{ __typename }'
    const headers = { ...authorization(operator), 'content-type': 'application/json' }
    const requests = [
      fetch(url, { method: 'POST', headers, body: JSON.stringify({ query }) }),
      fetch(url, {
        method: 'POST',
        headers: { ...headers, accept: 'text/event-stream' },
        body: JSON.stringify({ query }),
      }),
      fetch(`${url}?query=${encodeURIComponent(query)}`, { headers }),
    ]
    for (const response of await Promise.all(requests)) {
      expect(response.status).toBe(403)
      expect(await response.text()).toContain('"code":"FORBIDDEN"')
    }
    const socket = new WebSocket(url.replace('http', 'ws'), 'graphql-transport-ws')
    await once(socket, 'open')
    socket.send(JSON.stringify({ type: 'connection_init', payload: authorization(operator) }))
    expect((await once(socket, 'close'))[0]).toBe(4403)
  })

  it('is for no page of another origin, and for no other name of this host', async () => {
    const { base } = await programs.serveHere()
    const statusOf = async (headers: Readonly<Record<string, string>>, method = 'GET') => {
      const [response] = await once(request(`${base}/metrics`, { method, headers }).end(), 'response')
      return { status: response.statusCode, body: await text(response) }
    }
    for (const headers of [{ origin: 'https://evil.example' }, { host: 'evil.example' }]) {
      const refused = await statusOf(headers)
      expect(refused.status).toBe(403)
      expect(refused.body).not.toContain('toolyard_sessions')
    }
    expect(await statusOf({}, 'POST')).toMatchObject({ status: 405 })
    expect(await statusOf({}, 'HEAD')).toMatchObject({ status: 200, body: '' })
  })
})

describe('the dashboard', () => {
  it('asks for metrics that there are, and for all that there are of ours', async () => {
    const serving = await programs.serveHere()
    const types = typesOf(await scrape(serving))
    const dashboard = await readFile(new URL('../../docs/grafana-dashboard.json', import.meta.url), 'utf8')
    const { panels, templating } = JSON.parse(dashboard)
    const expressions: readonly string[] = [
      ...panels.flatMap(({ targets = [] }) => targets.map(({ expr }: { readonly expr: string }) => expr)),
      ...templating.list.map(({ query }: { readonly query: string }) => query),
    ]
    const asked = new Set(expressions.flatMap((expr) => expr.match(/\b(?:toolyard|mcp|process|nodejs)_\w+/g) ?? []))
    const found = [...asked].map((name) => {
      const histogram = name.replace(/_(bucket|sum|count)$/, '')
      return types.get(histogram) === 'histogram' ? histogram : name
    })
    expect(found.filter((name) => !types.has(name))).toEqual([])
    const ours = [...types.keys()].filter((name) => /^(toolyard|mcp)_/.test(name))
    expect(ours.length).toBeGreaterThan(14)
    expect(ours.filter((name) => !found.includes(name))).toEqual([])
    // A label that is not there matches nothing, without a word.
    const labels = new Set(expressions.flatMap((expr) => [...expr.matchAll(/(\w+)!?=~?"/g)].map(([, name]) => name)))
    expect([...labels].toSorted()).toEqual(['error_type', 'instance', 'job', 'method', 'outcome', 'status'].toSorted())
  })
})
