import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Client, createClient } from 'graphql-ws'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { startScripted } from '../fixtures/mcp/scripted-http.ts'

const main = fileURLToPath(new URL('../../packages/toolyard/bin/toolyard.js', import.meta.url))
let folder: string
const children: ChildProcess[] = []
const clients: Client[] = []
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'toolyard-'))
})
afterEach(async () => {
  for (const client of clients.splice(0)) await client.dispose()
  for (const child of children.splice(0)) child.kill('SIGKILL')
  await rm(folder, { recursive: true })
})

/** `toolyard serve` on the one database of the test. */
async function serve() {
  const flags = ['serve', '--port', '0', '--database-url', `sqlite:${join(folder, 'registry.db')}`]
  const child = spawn(process.execPath, [main, ...flags], { stdio: ['ignore', 'ignore', 'pipe'] })
  children.push(child)
  let url: string | undefined
  let stderr = ''
  for await (const chunk of child.stderr) {
    stderr += String(chunk)
    url = /^toolyard listening on http:(\S+)$/m.exec(stderr)?.[1]
    if (url) break
  }
  if (!url) throw new Error(`toolyard ended: ${stderr}`)
  const client = createClient({ url: `ws:${url}`, webSocketImpl: WebSocket, retryAttempts: 0 })
  clients.push(client)
  return {
    client,
    // What a test asked for decides what the answer holds.
    // biome-ignore lint/suspicious/noExplicitAny: as above
    async ask(query: string, variables: object = {}): Promise<any> {
      const headers = { 'content-type': 'application/json' }
      const body = JSON.stringify({ query, variables })
      return (await (await fetch(`http:${url}`, { method: 'POST', headers, body })).json()).data
    },
    async kill() {
      const exited = once(child, 'exit')
      child.kill('SIGKILL')
      await exited
    },
  }
}

const runEvents = /* GraphQL */ `
  subscription ($id: ID!, $after: Cursor) {
    toolRunEvents(runId: $id, after: $after) {
      __typename
      ... on JobEvent { cursor }
      ... on ToolRunFinished { run { status error { code } } }
    }
  }`

interface RunEvent {
  readonly __typename: string
  readonly cursor: string
  readonly run?: object
}

describe('a client whose server was killed and started again', () => {
  it('goes on behind its last cursor, and sees how its run ended', async () => {
    await using mcp = await startScripted(({ method }) => method === 'tools/call')
    const first = await serve()
    await first.ask(
      `mutation ($url: URL!) {
        createMcpServer(input: { name: "a", config: { streamableHttp: { serverUrl: $url } } }) { __typename }
      }`,
      { url: mcp.url },
    )
    const tools = async () => (await first.ask('{ mcpTools { totalCount } }')).mcpTools.totalCount
    await expect.poll(tools).toBe(1)
    const { runMcpTool } = await first.ask(`mutation {
      runMcpTool(input: { tool: { qualified: { server: "a", tool: "echo" } }, wait: false, idempotencyKey: "k" }) {
        ... on RunMcpToolPayload { run { id } }
      }
    }`)
    const { id } = runMcpTool.run
    const seen: RunEvent[] = []
    const events = first.client.iterate<{ toolRunEvents: RunEvent }>({ query: runEvents, variables: { id } })
    const { value } = await events.next()
    seen.push(value.data.toolRunEvents)
    await first.kill()

    const second = await serve()
    const after = seen[0]?.cursor
    for await (const { data } of second.client.iterate<{ toolRunEvents: RunEvent }>({
      query: runEvents,
      variables: { id, after },
    })) {
      if (data) seen.push(data.toolRunEvents)
    }
    expect(seen).toMatchObject([
      { __typename: 'ToolRunStarted' },
      { __typename: 'ToolRunFinished', run: { status: 'OUTCOME_UNKNOWN', error: { code: 'INTERRUPTED' } } },
    ])
    const again = await second.ask(`mutation {
      runMcpTool(input: { tool: { qualified: { server: "a", tool: "echo" } }, idempotencyKey: "k" }) {
        ... on RunMcpToolPayload { deduplicated run { id status } }
      }
    }`)
    expect(again.runMcpTool).toEqual({ deduplicated: true, run: { id, status: 'OUTCOME_UNKNOWN' } })
    expect(mcp.count('tools/call')).toBe(1)
  })
})
