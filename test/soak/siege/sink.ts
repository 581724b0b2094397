import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { WebSocketServer } from 'ws'
import type { ServerConfig } from './attack.ts'

/**
 * Run as `node sink.ts` with a channel: stands in the place of toolyard, takes what comes and throws it away. Once it
 * has a message, it dials the servers that it was told of. What attack programs cost the machine, they cost it here too.
 */

process.once('disconnect', () => process.exit(0))

const children = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of children) child.kill('SIGKILL')
})

const dialsEach = 4
const pauseMs = 10
const message = (method: string, id?: number, params: object = {}) =>
  JSON.stringify({ jsonrpc: '2.0', method, params, ...(id === undefined ? {} : { id }) })
const initialize = message('initialize', 1, {
  protocolVersion: '2025-11-25',
  capabilities: {},
  clientInfo: { name: 'sink', version: '1' },
})
const call = message('tools/call', 3, { name: 'echo', arguments: {} })

async function throwAway(body: AsyncIterable<unknown> | null): Promise<void> {
  if (body) for await (const _ of body);
}

async function dialHttp(url: string): Promise<void> {
  const post = async (body: string) =>
    throwAway((await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })).body)
  const stream = async () => throwAway((await fetch(url, { headers: { accept: 'text/event-stream' } })).body)
  await post(initialize)
  void stream().catch(() => undefined)
  for (;;) {
    await post(message('tools/list', 2))
    await post(call)
    await delay(pauseMs)
  }
}

async function dialStdio(command: string, args: readonly string[]): Promise<void> {
  const child = spawn(command, [...args], { stdio: ['pipe', 'pipe', 'ignore'] })
  children.add(child)
  child.once('exit', () => children.delete(child))
  child.stdin.on('error', () => undefined)
  child.stdin.write(`${initialize}\n${call}\n`)
  child.stdout.resume()
  await once(child, 'exit')
}

const begun = once(process, 'message')

async function dial(config: ServerConfig): Promise<never> {
  await begun
  for (;;) {
    const dialled =
      'stdio' in config ? dialStdio(config.stdio.command, config.stdio.args) : dialHttp(config.streamableHttp.serverUrl)
    await Promise.allSettled([dialled])
    await delay(100)
  }
}

async function configOf(request: IncomingMessage): Promise<ServerConfig> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(Buffer.from(part))
  // As an attacker sends it.
  return JSON.parse(Buffer.concat(parts).toString()) as ServerConfig
}

const server = createServer(async (request, response) => {
  response.on('error', () => undefined)
  try {
    if (request.url === '/dial') {
      const config = await configOf(request)
      for (let n = 0; n < ('stdio' in config ? 1 : dialsEach); n += 1) void dial(config)
    } else await throwAway(request)
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"data":{}}')
  } catch {
    // It has hung up.
    response.destroy()
  }
})
new WebSocketServer({ server }).on('connection', (socket) => {
  socket.on('error', () => socket.terminate())
  socket.once('message', () => socket.send('{"type":"connection_ack"}'))
})
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  if (address !== null && typeof address === 'object') process.send?.(address.port)
})
