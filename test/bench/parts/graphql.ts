import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { addOverGraphql, registerOverGraphql } from '../contenders/graphql.ts'
import type { Fixture } from '../fixture/start.ts'
import { type GraphqlService, type GraphqlServiceOptions, startGraphql } from '../graphql-service.ts'
import { jsonClient } from '../json-client.ts'
import { type Group, interleave, type Subject } from '../measure.ts'
import { cpuOf } from '../processes.ts'
import type { Settings } from '../settings.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { pageLength, pageQuery } from './reads.ts'

interface Info {
  readonly registryInfo: { readonly version: string }
}
interface PageData {
  readonly mcpTools: { readonly nodes: readonly unknown[] }
}

/** An HTTP server of Node.js that answers at once: what any server must pay for a request. */
function bareServer(fixture: Fixture): Subject & { close(): Promise<void> } {
  const { origin, pathname } = new URL(fixture.http.url)
  const client = jsonClient(origin)
  let counter = 0
  return {
    name: 'bare HTTP server',
    cpu: () => cpuOf(fixture.pid),
    async run() {
      counter += 1
      const id = counter
      const answer = await client.post(pathname, { jsonrpc: '2.0', id, method: 'ping' })
      if (typeof answer !== 'object' || answer === null || !('id' in answer) || answer.id !== id) {
        throw new Error(`The fixture answered a ping with ${JSON.stringify(answer)}`)
      }
    },
    close: client.close,
  }
}

async function registerTools(service: GraphqlService, serverUrl: string): Promise<void> {
  const create = `mutation ($input: CreateMcpServerInput!) {
    createMcpServer(input: $input) { ... on CreateMcpServerPayload { server { ... on Node { id } } } }
  }`
  const refresh = `mutation ($id: ID!) {
    refreshMcpServer(input: { id: $id, wait: true }) { ... on RefreshMcpServerPayload { refresh { status } } }
  }`
  const input = { name: 'many', config: { streamableHttp: { serverUrl } }, refresh: false }
  const { createMcpServer } = await service.request<{ createMcpServer: { server?: { id: string } } }>(create, { input })
  await service.request(refresh, { id: createMcpServer.server?.id })
}

/** Starts a server with a tool to run and 200 to read, and answers what is asked of it. */
async function serviceSubjects(
  fixture: Fixture,
  stack: AsyncDisposableStack,
  options: GraphqlServiceOptions,
  suffix = '',
): Promise<Subject[]> {
  const folder = await temporaryFolder()
  stack.defer(folder.remove)
  const service = await startGraphql(join(folder.path, 'bench.db'), options)
  stack.defer(service.close)
  const addId = await registerOverGraphql(service, fixture.http)
  await registerTools(service, fixture.urlOf({ tools: 200, server: 0, outputSchemas: false }))
  const { cpu, inspector } = service
  let counter = 0
  const of = (name: string, run: () => Promise<void>): Subject => ({ name: `${name}${suffix}`, cpu, inspector, run })
  const readPage = (selection: string) => async () => {
    const { mcpTools } = await service.request<PageData>(pageQuery(selection))
    if (mcpTools.nodes.length !== pageLength) throw new Error(`Expected a full page, got ${mcpTools.nodes.length}`)
  }
  return [
    of('{ registryInfo { version } }', async () => {
      const { registryInfo } = await service.request<Info>('{ registryInfo { version } }')
      if (registryInfo.version === '') throw new Error('The GraphQL server has no version')
    }),
    of('the same, a text never seen before', async () => {
      counter += 1
      const alias = `a${createHash('md5').update(String(counter)).digest('hex')}`
      const data = await service.request<Record<string, { version: string }>>(`{ ${alias}: registryInfo { version } }`)
      if (data[alias] === undefined) throw new Error('The GraphQL server did not answer the alias')
    }),
    of('a page of 50 tools, id and name', readPage('id name')),
    of('a page of 50 tools, six fields', readPage('id name qualifiedName title description enabled')),
    of('a page of 50 tools with schemas', readPage('id name inputSchema')),
    of('run a tool', async () => {
      counter += 1
      const a = counter
      const answer = await addOverGraphql(service, addId, a, 1)
      if (answer !== String(a + 1)) throw new Error(`GraphQL answered ${answer} for ${a} + 1`)
    }),
  ]
}

/** What requests to the GraphQL server cost, from one that asks for next to nothing on. */
export async function measureGraphql(fixture: Fixture, settings: Settings): Promise<Group[]> {
  const { isQuick, isProfiled, against, rounds = isQuick ? 2 : 10 } = settings
  await using stack = new AsyncDisposableStack()
  const bare = bareServer(fixture)
  stack.defer(bare.close)
  const subjects = [
    bare,
    ...(await serviceSubjects(fixture, stack, { isProfiled })),
    ...(against === undefined ? [] : await serviceSubjects(fixture, stack, { checkout: against }, ', before')),
  ]
  const groups: Group[] = []
  for (const concurrency of [1, 16]) {
    const plan = { rounds, sliceMs: isQuick ? 100 : 300, warmUpMs: isQuick ? 200 : 1_000, concurrency }
    groups.push(await interleave(`GraphQL requests, ${concurrency} at a time`, subjects, plan))
  }
  return groups
}
