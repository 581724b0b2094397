import { join } from 'node:path'
import type { Target } from '../fixture/start.ts'
import { type GraphqlService, startGraphql } from '../graphql-service.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import type { Contender } from './contender.ts'

const createServer = `mutation ($input: CreateMcpServerInput!) {
  createMcpServer(input: $input) { ... on CreateMcpServerPayload { server { ... on Node { id } } } }
}`
const refreshServer = `mutation ($id: ID!) {
  refreshMcpServer(input: { id: $id, wait: true }) {
    ... on RefreshMcpServerPayload { refresh { status added { id name } } }
  }
}`
const runTool = `mutation ($id: ID!, $args: JSONObject!) {
  runMcpTool(input: { tool: { id: $id }, args: $args, wait: true }) {
    ... on RunMcpToolPayload { run { status result { funcReturn } } }
  }
}`

interface Created {
  readonly createMcpServer: { readonly server?: { readonly id: string } }
}
interface Refreshed {
  readonly refreshMcpServer: { readonly refresh?: { readonly added: readonly { id: string; name: string }[] } }
}
interface Ran {
  readonly runMcpTool: { readonly run?: { readonly status: string; readonly result: { funcReturn: unknown } | null } }
}

/** The id of the tool `add` of the server at `target`, new to the registry. */
export async function registerOverGraphql(service: GraphqlService, target: Target): Promise<string> {
  const config =
    target.transport === 'http'
      ? { streamableHttp: { serverUrl: target.url } }
      : { stdio: { command: target.command, args: target.args } }
  const input = { name: `fixture ${target.transport}`, config, refresh: false }
  const { createMcpServer } = await service.request<Created>(createServer, { input })
  const id = createMcpServer.server?.id
  const { refreshMcpServer } = await service.request<Refreshed>(refreshServer, { id })
  const tool = refreshMcpServer.refresh?.added.find(({ name }) => name === 'add')
  if (!tool) throw new Error(`The fixture lists no tool "add": ${JSON.stringify(refreshMcpServer)}`)
  return tool.id
}

/** Runs `add` by a mutation that waits for its end. */
export async function addOverGraphql(service: GraphqlService, id: string, a: number, b: number): Promise<string> {
  const { runMcpTool } = await service.request<Ran>(runTool, { id, args: { a, b } })
  const { run } = runMcpTool
  if (run?.status !== 'SUCCEEDED') throw new Error(`A run over GraphQL failed: ${JSON.stringify(runMcpTool)}`)
  return String(run.result?.funcReturn)
}

function graphqlContender(name: string, checkout?: string): Contender {
  return {
    name,
    async open(target, isProfiled) {
      await using stack = new AsyncDisposableStack()
      const folder = await temporaryFolder()
      stack.defer(folder.remove)
      const service = await startGraphql(join(folder.path, 'bench.db'), { isProfiled, checkout })
      stack.defer(service.close)
      const id = await registerOverGraphql(service, target)
      const owned = stack.move()
      return {
        call: (a, b) => addOverGraphql(service, id, a, b),
        cpu: service.cpu,
        inspector: service.inspector,
        close: () => owned.disposeAsync(),
      }
    },
  }
}

/** This project's server, in a process of its own, called over HTTP. */
export const graphql = graphqlContender('toolyard GraphQL')

/** The server of another checkout. */
export function graphqlBefore(checkout: string): Contender {
  return graphqlContender('toolyard GraphQL, before', checkout)
}
