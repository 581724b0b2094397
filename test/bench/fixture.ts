import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { type CatalogOptions, pageText } from './catalog.ts'

/**
 * The MCP server of the benchmark, as cheap as one can be: `node fixture.ts http` answers JSON and tells its port over
 * IPC, `node fixture.ts stdio` speaks over stdin and stdout. `?tools=1000&output=1` says what it lists; with `&late=…`,
 * the first list of each session is empty, so that a warm session finds all tools new.
 */

interface Message {
  readonly id?: string | number
  readonly method: string
  readonly params?: {
    readonly protocolVersion?: string
    readonly cursor?: string
    readonly arguments?: { message?: string }
  }
}

const pages = new Map<string, string>()

function page(options: CatalogOptions, cursor: string | undefined): string {
  const key = JSON.stringify([options, cursor])
  const made = pages.get(key) ?? pageText(options, cursor)
  pages.set(key, made)
  return made
}

function resultText({ method, params }: Message, options: CatalogOptions): string {
  if (method === 'initialize') {
    return JSON.stringify({
      protocolVersion: params?.protocolVersion,
      capabilities: { tools: {} },
      serverInfo: { name: 'bench', version: '1' },
    })
  }
  if (method === 'tools/list') return page(options, params?.cursor)
  if (method === 'tools/call') {
    return JSON.stringify({ content: [{ type: 'text', text: params?.arguments?.message ?? '' }] })
  }
  return '{}'
}

const answerText = (message: Message, options: CatalogOptions) =>
  `{"jsonrpc":"2.0","id":${JSON.stringify(message.id)},"result":${resultText(message, options)}}`

function serveHttp(): void {
  const listed = new Set<string>()
  const server = createServer(async (request, response) => {
    const query = new URL(request.url ?? '/', 'http://localhost').searchParams
    const options = { tools: Number(query.get('tools') ?? 0), outputSchemas: query.has('output') }
    if (request.method !== 'POST') {
      response.writeHead(request.method === 'GET' ? 405 : 200).end()
      return
    }
    const message: Message = JSON.parse(await text(request))
    if (message.id === undefined) {
      response.writeHead(202).end()
      return
    }
    const late = query.get('late')
    const isFirst = message.method === 'tools/list' && late !== null && !listed.has(late)
    if (isFirst && late !== null) listed.add(late)
    const body = answerText(message, isFirst ? { tools: 0, outputSchemas: false } : options)
    const session = message.method === 'initialize' ? { 'mcp-session-id': randomUUID() } : {}
    response.writeHead(200, { 'content-type': 'application/json', ...session }).end(body)
  })
  server.listen(0, '127.0.0.1', () => {
    const address = server.address()
    process.send?.(typeof address === 'object' && address ? address.port : 0)
  })
  process.on('disconnect', () => process.exit())
}

function serveStdio(): void {
  const options = { tools: 0, outputSchemas: false }
  createInterface({ input: process.stdin }).on('line', (line) => {
    const message: Message = JSON.parse(line)
    if (message.id !== undefined) process.stdout.write(`${answerText(message, options)}\n`)
  })
}

if (process.argv[2] === 'http') serveHttp()
else serveStdio()
