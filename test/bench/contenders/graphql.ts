import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Pool } from 'undici'
import { startUntil, stop } from '../processes.ts'
import type { Contender, OpenContender } from './contender.ts'
import { toConfig } from './library.ts'

const program = fileURLToPath(new URL('../../../packages/graphql/bin/toolyard.js', import.meta.url))

/** The GraphQL server as its users start it, in a process of its own. */
export interface GraphqlServer extends AsyncDisposable {
  readonly pid: number
  /** Answers `data`; throws where there are errors. */
  ask<Data>(query: string, variables?: object): Promise<Data>
}

export async function startGraphql(databasePath?: string): Promise<GraphqlServer> {
  const folder = await mkdtemp(join(tmpdir(), 'toolyard-bench-'))
  const path = databasePath ?? join(folder, 'registry.db')
  const args = [program, 'serve', '--port', '0', '--database-url', `sqlite:${path}`]
  const { child, found } = await startUntil(process.execPath, args, /listening on (http:\S+)/)
  const { origin, pathname } = new URL(found)
  const pool = new Pool(origin)
  return {
    pid: child.pid ?? 0,
    async ask<Data>(query: string, variables: object = {}) {
      const { body } = await pool.request({
        method: 'POST',
        path: pathname,
        headers: { 'content-type': 'application/json', accept: 'application/json' },
        body: JSON.stringify({ query, variables }),
      })
      const answer = JSON.parse(await body.text())
      if (answer.errors) throw new Error(JSON.stringify(answer.errors))
      // The query says what it is; the benchmark checks the values.
      return answer.data as Data
    },
    async [Symbol.asyncDispose]() {
      await pool.close()
      await stop(child)
      await rm(folder, { recursive: true })
    },
  }
}

const create = `mutation ($input: CreateMcpServerInput!) {
  createMcpServer(input: $input) { __typename ... on CreateMcpServerPayload { server { ... on Node { id } } } }
}`
const refresh = `mutation ($id: ID!) {
  refreshMcpServer(input: { id: $id, wait: true }) { ... on RefreshMcpServerPayload { refresh { status } } }
}`
const run = `mutation ($args: JSONObject!) {
  runMcpTool(input: { tool: { qualified: { server: "bench", tool: "echo" } }, args: $args }) {
    ... on RunMcpToolPayload { run { status result { funcReturn } } }
    ... on UserError { message }
  }
}`

type Created = { createMcpServer: { server: { id: string } } }
type Ran = { runMcpTool: { run?: { result: { funcReturn: unknown } } } }

export const openGraphql: OpenContender = async (target): Promise<Contender> => {
  const server = await startGraphql()
  const { transport: _, ...config } = toConfig(target)
  const kind = target.kind === 'http' ? 'streamableHttp' : 'stdio'
  const created = await server.ask<Created>(create, {
    input: { name: 'bench', config: { [kind]: config }, refresh: false },
  })
  await server.ask(refresh, { id: created.createMcpServer.server.id })
  return {
    name: 'toolyard, GraphQL over HTTP',
    pids: [server.pid],
    async call(message) {
      const { runMcpTool } = await server.ask<Ran>(run, { args: { message } })
      return String(runMcpTool.run?.result.funcReturn)
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}
