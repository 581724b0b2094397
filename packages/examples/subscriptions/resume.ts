// Follows the feed of a server that is killed and restarted. The client resubscribes after the last cursor, so every
// event arrives exactly once.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createGraphQLClient, followEvents, type GraphQLClient } from '@toolyard/graphql/client'
import { graphql } from '@toolyard/graphql/client/documents'

const feed = graphql(`
  subscription Feed($after: Cursor) {
    mcpServerEvents(after: $after, heartbeatMs: 1000) {
      __typename
      ... on McpServerCreated { cursor server { ... on McpServerBase { name } } }
      ... on Heartbeat { cursor }
    }
  }
`)
const create = graphql(`
  mutation Create($input: CreateMcpServerInput!) {
    createMcpServer(input: $input) { __typename ... on UserError { message } }
  }
`)

const program = fileURLToPath(new URL('bin/toolyard.js', import.meta.resolve('toolyard/package.json')))

interface ServerProcess {
  readonly url: string
  end(signal: NodeJS.Signals): Promise<void>
}

/** Resolves once the server listens. */
async function serve(database: string, port: string): Promise<ServerProcess> {
  const args = [program, 'serve', '--port', port, '--database-url', `sqlite:${database}`]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  const exited = once(child, 'exit')
  const listening = Promise.withResolvers<string>()
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text
    const [, url] = /listening on (\S+)/.exec(said) ?? []
    if (url !== undefined) listening.resolve(url)
  })
  void exited.then(() => listening.reject(new Error(`the server has ended: ${said}`)))
  return {
    url: await listening.promise,
    async end(signal) {
      child.kill(signal)
      await exited
    },
  }
}

async function register(client: GraphQLClient, name: string): Promise<void> {
  const config = { streamableHttp: { serverUrl: 'https://mcp.example/mcp' } }
  const { createMcpServer } = await client.request(create, { input: { name, config, refresh: false } })
  if (createMcpServer && 'message' in createMcpServer) throw new Error(createMcpServer.message)
}

/** Returns the names that the feed reported. */
export async function followOverRestart(): Promise<readonly string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'toolyard-example-'))
  const database = join(folder, 'toolyard.db')
  const leaving = new AbortController()
  let server = await serve(database, '0')
  const client = createGraphQLClient({ url: server.url })
  const open = Promise.withResolvers<void>()
  const names: string[] = []

  async function follow(): Promise<void> {
    const events = followEvents(
      client,
      feed,
      {},
      {
        signal: leaving.signal,
        onConnection: (state) => console.log('feed', state),
      },
    )
    for await (const event of events) {
      // The first heartbeat has the feed's current cursor: from there on, no event can be missed.
      if (event.__typename === 'Heartbeat') open.resolve()
      else {
        console.log('feed', event.__typename, event.server.name)
        if (names.push(event.server.name) === 3) return
      }
    }
  }

  const following = follow()
  try {
    await open.promise
    await register(client, 'before')
    await server.end('SIGKILL')
    server = await serve(database, new URL(server.url).port)
    await register(client, 'meanwhile')
    await register(client, 'after')
    await following
    return names
  } finally {
    leaving.abort()
    await server.end('SIGTERM')
    await rm(folder, { recursive: true })
  }
}
