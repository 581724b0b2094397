import { fork } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { createRegistry } from '@toolyard/core'
import { sqliteStorage } from '@toolyard/core/sqlite'
import BetterSqlite3 from 'better-sqlite3'
import { type Answers, answersOf, databaseKey } from './answers.ts'

/** Makes the fixture database of a version, see README.md: `node make-database.ts <version>`, with that version built. */

const schema = { type: 'object', properties: { text: { type: 'string' } } }
const firstTools = [
  { name: 'echo', description: 'Answers its args', inputSchema: schema, annotations: { readOnlyHint: true } },
  { name: 'fail', description: 'Answers with isError', inputSchema: schema },
  { name: 'hang', description: 'Never answers', inputSchema: schema },
  { name: 'talk', description: 'Tells its progress', inputSchema: schema },
  { name: 'goes', description: 'Is gone from the second list', inputSchema: schema },
]
const secondTools = [
  { ...firstTools[0], title: 'Echo', description: 'Answers what it was given', outputSchema: { type: 'object' } },
  ...firstTools.slice(1, 4),
  { name: 'comes', inputSchema: { type: 'object' }, icons: [{ src: 'https://example.com/icon.png' }] },
]

/** The MCP server of the database: `list` is what it lists, 'error' that it refuses to, 'hang' that it answers no dial. */
interface Stage {
  list: 'first' | 'second' | 'error' | 'hang'
}

async function startServer(stage: Stage, onCall: (args: { readonly text?: string }) => void) {
  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== 'POST') {
      response.writeHead(request.method === 'DELETE' ? 200 : 405).end()
      return
    }
    const { id, method, params } = JSON.parse(await text(request))
    const send = (body: object) => {
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ jsonrpc: '2.0', id, ...body }))
    }
    const result = (value: object) => send({ result: value })
    const texts = (value: string) => ({ content: [{ type: 'text', text: value }] })
    if (id === undefined) response.writeHead(202).end()
    else if (method === 'initialize') {
      if (stage.list === 'hang') return
      response.setHeader('mcp-session-id', 'a session')
      const serverInfo = { name: 'old-server', version: '1.2.3' }
      const capabilities = { tools: { listChanged: false } }
      result({ protocolVersion: params.protocolVersion, capabilities, serverInfo, instructions: 'Ask it nicely' })
    } else if (method === 'tools/list') {
      if (stage.list === 'error') send({ error: { code: -32603, message: 'The list is out of order' } })
      else if (stage.list !== 'hang') result({ tools: stage.list === 'first' ? firstTools : secondTools })
    } else if (method === 'tools/call') {
      onCall(params.arguments)
      if (params.name === 'echo')
        result({ ...texts('an echo'), structuredContent: params.arguments, _meta: { by: 'it' } })
      else if (params.name === 'fail') result({ ...texts('It failed on purpose'), isError: true })
      else if (params.name === 'talk') {
        response.writeHead(200, { 'content-type': 'text/event-stream' })
        const event = (message: object) => response.write(`data: ${JSON.stringify({ jsonrpc: '2.0', ...message })}\n\n`)
        const { progressToken } = params._meta ?? {}
        event({ method: 'notifications/progress', params: { progressToken, progress: 1, total: 2, message: 'half' } })
        event({ method: 'notifications/message', params: { level: 'info', data: 'a line' } })
        event({ id, result: texts('talked') })
        response.end()
      }
    } else result({})
  }
  const server = createServer((request, response) => void handle(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new TypeError('The server listens on no port')
  return { url: `http://127.0.0.1:${address.port}/mcp`, server }
}

const stdioServer = `
const answers = {
  initialize: ({ protocolVersion }) => ({ protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'a child', version: '1' } }),
  'tools/list': () => ({ tools: [{ name: 'who', inputSchema: { type: 'object' } }] }),
  'tools/call': () => { console.error('a line of stderr'); return { content: [{ type: 'text', text: process.env.WHO }] } },
  ping: () => ({}),
}
require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params } = JSON.parse(line)
  if (id !== undefined) console.log(JSON.stringify({ jsonrpc: '2.0', id, result: answers[method](params) }))
}).on('close', () => process.exit())
`

/** What the process that is killed tells of what it leaves. */
type Told = Pick<Answers, 'firstCursor' | 'keyed' | 'left'>

/** The process that is killed; it asks its parent to change the stage and waits until that is done. */
async function live(version: string, path: string, url: string): Promise<void> {
  const stage = async (list: Stage['list']) => {
    process.send?.({ list })
    await once(process, 'message')
  }
  const registry = await createRegistry({ storage: sqliteStorage({ path }), secretKey: databaseKey })
  const feed = registry.events()
  const first = feed.next()
  const headers = { 'X-Team': 'tools', 'X-User': '{{ USER_NAME | nobody }}' }
  const config = {
    transport: 'streamableHttp',
    serverUrl: url,
    // The member has another name since 0011.
    ...(version < '0011' ? { headers } : { customHeaders: headers }),
    auth: { token: 'a secret token' },
  } as const
  const http = await registry.servers.create({
    name: 'over http',
    description: 'Has most of it',
    labels: ['old', 'http'],
    timeouts: { connectMs: 60_000, requestMs: 61_000, maxTotalMs: 62_000 },
    // The first version knew no interval.
    ...(version === '0001_initial' ? {} : { refreshIntervalMs: 86_400_000 }),
    config,
    refresh: false,
  })
  const stdio = await registry.servers.create({
    name: 'over stdio',
    config: { transport: 'stdio', command: 'node', args: ['-e', stdioServer], env: { WHO: '{{ WHO | nobody }}' } },
    refresh: false,
  })
  const sse = await registry.servers.create({
    name: 'over sse',
    labels: ['disabled'],
    config: { ...config, transport: 'sse', auth: { header: 'X-Key', token: '{{ KEY }}' } },
    enabled: false,
  })
  await registry.servers.update(sse.id, { description: 'Was renamed', name: 'over SSE' })
  const refresh = async (id: string) => (await registry.servers.refresh(id)).result()
  await refresh(stdio.id)
  await refresh(http.id)

  const run = (tool: string, args = {}, options = {}) => registry.tools.run({ server: http.name, tool }, args, options)
  const tool = async (name: string) => (await registry.tools.get({ server: http.name, tool: name }))?.id ?? ''
  await registry.tools.set(await tool('echo'), { enabled: true, tags: ['liked', 'safe'], returnCharLimit: 5_000 })
  await registry.tools.set(await tool('goes'), { enabled: false, tags: ['gone'] })
  await stage('second')
  await refresh(http.id)
  await stage('error')
  await refresh(http.id).catch(() => undefined)
  await stage('second')
  await run('echo', { text: 'ä \u{1f600} "quoted"', list: [1, { deep: null }] }, { metadata: { trace: 'abc' } })
  await run('fail')
  await run('talk')
  await run('hang', {}, { timeoutMs: 50 })
  const keyed = await run('echo', { text: 'keyed' }, { idempotencyKey: 'a key' })
  await registry.tools.run({ server: stdio.name, tool: 'who' }, {}, { variables: { WHO: 'me' } })
  const canceled = await registry.tools.start({ server: http.name, tool: 'hang' }, { text: 'canceled' })
  for await (const { type } of canceled.events()) if (type === 'ToolRunStarted') break
  await canceled.cancel('Nobody waits for it')

  const running = await registry.tools.start({ server: http.name, tool: 'hang' }, { text: 'running' })
  for await (const { type } of running.events()) if (type === 'ToolRunStarted') break
  await stage('hang')
  const refreshing = await registry.servers.refresh(http.id)
  for await (const { type } of refreshing.events()) if (type === 'RefreshPhaseChanged') break
  // Another user has a session of its own, and so waits for a dial that never ends.
  const variables = { USER_NAME: 'another' }
  const queued = await registry.tools.start({ server: http.name, tool: 'echo' }, { text: 'queued' }, { variables })
  const { value } = await first
  // A moment after its begin nothing but a note may be stored of a run.
  const noted = await registry.tools.start({ server: http.name, tool: 'hang' }, { text: 'noted' })
  const told: Told = {
    firstCursor: value?.cursor ?? '',
    keyed: keyed.id,
    left: { running: running.id, queued: queued.id, noted: noted.id, refreshing: refreshing.id },
  }
  process.send?.({ told })
}

/** What the library of this version says of the database, which this settles. */
async function describe(path: string, told: Told): Promise<Answers> {
  const database = new BetterSqlite3(path)
  const column = (sql: string) => database.prepare(sql).pluck().all()
  const refreshIds = column('select id from refreshes order by id').map(String)
  const feedLength = column('select seq from server_events').length - 1
  const hasChildren = column("select name from sqlite_master where name = 'children'").length > 0
  // Of the columns that are named.
  const children = (hasChildren ? database.prepare('select host, pid from children').all() : []) as Answers['children']
  // Of the columns that are named.
  const stored = database.prepare('select id, config from servers').all() as { id: string; config: string }[]
  const configs = Object.fromEntries(stored.map(({ id, config }) => [id, JSON.parse(config)]))
  database.close()
  await using registry = await createRegistry({ storage: sqliteStorage({ path }), secretKey: databaseKey })
  const answers = await answersOf(registry, { refreshIds, firstCursor: told.firstCursor, feedLength })
  return { madeAt: new Date().toISOString(), ...told, configs, children, answers }
}

async function make(version: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'toolyard-'))
  const path = join(folder, 'registry.db')
  const stage: Stage = { list: 'first' }
  const { promise: notedIsSent, resolve: sent } = Promise.withResolvers<void>()
  const { url, server } = await startServer(stage, ({ text }) => {
    if (text === 'noted') sent()
  })
  const child = fork(fileURLToPath(import.meta.url), [version, path, url])
  const { promise, resolve, reject } = Promise.withResolvers<Told>()
  child.on('message', (message: { readonly list?: Stage['list']; readonly told?: Told }) => {
    if (message.list) {
      stage.list = message.list
      child.send('done')
    }
    if (message.told) resolve(message.told)
  })
  child.on('exit', (code) => reject(new Error(`The process ended by itself with code ${code}`)))
  const [told] = await Promise.all([promise, notedIsSent])
  child.kill('SIGKILL')
  if (child.signalCode === null) await once(child, 'exit')
  server.close()
  server.closeAllConnections()

  // Everything into the one file, and that into small pages.
  const database = new BetterSqlite3(path)
  database.pragma('wal_checkpoint(truncate)')
  database.pragma('journal_mode = delete')
  database.pragma('page_size = 1024')
  database.exec('vacuum')
  database.pragma('journal_mode = wal')
  database.close()
  const target = fileURLToPath(new URL(version, import.meta.url))
  copyFileSync(path, `${target}.db`)

  writeFileSync(`${target}.json`, `${JSON.stringify(await describe(path, told), undefined, 2)}\n`)
  rmSync(folder, { recursive: true })
}

const [version = '', path, url] = process.argv.slice(2)
if (path !== undefined && url !== undefined) await live(version, path, url)
else if (/^\d{4}_\w+$/.test(version)) await make(version)
else throw new RangeError('Usage: node make-database.ts <version>, such as 0001_initial')
