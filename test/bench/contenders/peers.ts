import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { Pool } from 'undici'
import { startUntil, stop } from '../processes.ts'
import type { Contender, OpenContender } from './contender.ts'

const folder = fileURLToPath(new URL('../.peers/', import.meta.url))
const versions = { 'mcp-hub': '4.2.1', '@ai-sdk/mcp': '2.0.99', mcporter: '0.12.3' }

/** Installs the peers in a folder of their own, without a lockfile, unless they are there. */
export async function installPeers(): Promise<void> {
  if (Object.keys(versions).every((name) => existsSync(join(folder, 'node_modules', name)))) return
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies: versions }))
  const args = ['install', '--no-package-lock', '--ignore-scripts', '--no-audit', '--no-fund', '--prefix', folder]
  await promisify(execFile)('npm', args, { timeout: 300_000 })
}

// The peers are not among the project's dependencies, so their types are not known here: `unknown`, checked by use.
async function load(path: string): Promise<unknown> {
  return import(pathToFileURL(join(folder, 'node_modules', path)).href)
}

type Call = (...args: readonly unknown[]) => unknown

/** A function that a peer has under one of these names, bound to what has it. */
function method(object: unknown, ...names: readonly string[]): Call {
  for (const name of names) {
    const value: unknown = Object(object)[name]
    if (typeof value === 'function') return value.bind(object)
  }
  throw new TypeError(`Expected the peer to have ${names.join(' or ')}`)
}

function textOf(answer: unknown): string {
  const { content } = Object(answer)
  const [first]: unknown[] = Array.isArray(content) ? content : []
  return String(Object(first).text)
}

export const openAiSdk: OpenContender = async (target): Promise<Contender> => {
  const create = method(await load('@ai-sdk/mcp/dist/index.js'), 'createMCPClient', 'experimental_createMCPClient')
  const stdio = Object(await load('@ai-sdk/mcp/dist/mcp-stdio/index.js')).Experimental_StdioMCPTransport
  const transport =
    target.kind === 'http'
      ? { type: 'http', url: target.url }
      : new stdio({ command: target.command, args: [...target.args] })
  const client = await create({ transport })
  const tools = Object(await method(client, 'tools')())
  const execute = method(tools.echo, 'execute')
  return {
    name: '@ai-sdk/mcp, warm',
    pids: [],
    call: async (message) => textOf(await execute({ message }, { toolCallId: message, messages: [] })),
    [Symbol.asyncDispose]: async () => void (await method(client, 'close')()),
  }
}

export const openMcporter: OpenContender = async (target): Promise<Contender> => {
  const createRuntime = method(await load('mcporter/dist/index.js'), 'createRuntime')
  const command =
    target.kind === 'http'
      ? { kind: 'http', url: new URL(target.url) }
      : { kind: 'stdio', command: target.command, args: [...target.args], cwd: process.cwd() }
  const silent = { info: () => undefined, warn: () => undefined, error: () => undefined, debug: () => undefined }
  const runtime = await createRuntime({ servers: [{ name: 'bench', command }], logger: silent })
  const callTool = method(runtime, 'callTool')
  return {
    name: 'mcporter, warm',
    pids: [],
    call: async (message) => textOf(await callTool('bench', 'echo', { args: { message } })),
    [Symbol.asyncDispose]: async () => void (await method(runtime, 'close')()),
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address ? address.port : 0
}

export const openMcpHub: OpenContender = async (target): Promise<Contender> => {
  const home = await mkdtemp(join(tmpdir(), 'mcp-hub-'))
  const config = join(home, 'servers.json')
  const server = target.kind === 'http' ? { url: target.url } : { command: target.command, args: [...target.args] }
  await writeFile(config, JSON.stringify({ mcpServers: { bench: server } }))
  const port = await freePort()
  const program = join(folder, 'node_modules/mcp-hub/dist/cli.js')
  const args = [program, '--port', String(port), '--config', config]
  const { child } = await startUntil(process.execPath, args, /(servers started successfully)/)
  const pool = new Pool(`http://localhost:${port}`)
  return {
    name: 'mcp-hub, REST over HTTP',
    pids: [child.pid ?? 0],
    async call(message) {
      const { body } = await pool.request({
        method: 'POST',
        path: '/api/servers/tools',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ server_name: 'bench', tool: 'echo', arguments: { message } }),
      })
      return textOf(Object(JSON.parse(await body.text())).result)
    },
    async [Symbol.asyncDispose]() {
      await pool.close()
      await stop(child)
      await rm(home, { recursive: true })
    },
  }
}
