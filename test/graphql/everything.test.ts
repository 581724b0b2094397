import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import { describe, expect, it } from 'vitest'
import { everythingStdio, startEverything } from '../fixtures/mcp/everything.ts'
import { startApi } from './api.ts'

interface Reached extends AsyncDisposable {
  readonly config: object
  readonly transport: () => Transport
}

const ways: Record<string, () => Promise<Reached>> = {
  async stdio() {
    const command = everythingStdio()
    return {
      config: { stdio: command },
      transport: () => new StdioClientTransport(command),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    }
  },
  async sse() {
    const server = await startEverything('sse')
    const transport = () => new SSEClientTransport(new URL(server.url))
    return { config: { sse: { serverUrl: server.url } }, transport, [Symbol.asyncDispose]: () => server.stop() }
  },
  async streamableHttp() {
    const server = await startEverything('streamableHttp')
    // The class has optional members typed without `undefined`, which exactOptionalPropertyTypes tells apart.
    const transport = () => new StreamableHTTPClientTransport(new URL(server.url)) as Transport
    return {
      config: { streamableHttp: { serverUrl: server.url } },
      transport,
      [Symbol.asyncDispose]: () => server.stop(),
    }
  },
}

/** Args for every tool that needs no model and no task. What differs from call to call is left out below. */
const calls: Record<string, Record<string, unknown>> = {
  echo: { message: 'hi' },
  'get-annotated-message': { messageType: 'error', includeImage: true },
  'get-resource-links': { count: 3 },
  'get-resource-reference': { resourceType: 'Text', resourceId: 1 },
  'get-structured-content': { location: 'New York' },
  'get-sum': { a: 2, b: 3 },
  'get-tiny-image': {},
  'gzip-file-as-resource': { name: 'a.gz', data: 'data:text/plain,hello', outputType: 'resourceLink' },
  'trigger-long-running-operation': { duration: 0.2, steps: 2 },
  'get-env': {},
  'toggle-simulated-logging': {},
  'toggle-subscriber-updates': {},
}

/** A block as MCP has it, from a block as the API answers it. */
function toMcp({ __typename, annotations, ...block }: Record<string, string>): unknown {
  switch (__typename) {
    case 'TextContent':
      return { type: 'text', text: block.text, annotations }
    case 'ImageContent':
      return { type: 'image', mimeType: block.mimeType, data: block.base64, annotations }
    case 'ResourceLinkContent': {
      const { uri, name, linkType, description } = block
      return { type: 'resource_link', uri, name, mimeType: linkType, description, annotations }
    }
    case 'EmbeddedResourceContent':
      return { type: 'resource', uri: block.uri, text: block.text, annotations }
    default:
      return { __typename, ...block }
  }
}

/** The members that both sides are compared by. */
function essence(block: Record<string, unknown>): unknown {
  const { type, text, mimeType, data, uri, name, description = null } = block
  const annotations = block.annotations ?? null
  if (type === 'text') return { type, text: stable(String(text)), annotations }
  if (type === 'image') return { type, mimeType, data, annotations }
  if (type === 'resource_link') return { type, uri, name, mimeType, description, annotations }
  const resource = (block.resource ?? block) as Record<string, unknown>
  return { type, uri: resource.uri, text: stable(String(resource.text)), annotations }
}

// Times, session ids and the environment of the child differ from one session to the next.
const stable = (text: string) =>
  text.startsWith('{') && text.includes('PATH')
    ? 'the environment'
    : text.replace(/\d{1,2}:\d{2}:\d{2}.*/g, 'a time').replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'an id')

const runTool = /* GraphQL */ `
  mutation ($input: RunMcpToolInput!) {
    runMcpTool(input: $input) {
      __typename
      ... on UserError { message }
      ... on RunMcpToolPayload {
        run {
          status
          result {
            structuredContent
            content {
              __typename
              ... on TextContent { text annotations }
              ... on ImageContent { mimeType base64 annotations }
              ... on ResourceLinkContent { uri name description linkType: mimeType annotations }
              ... on EmbeddedResourceContent { uri embedded: text annotations }
            }
          }
        }
      }
    }
  }`

describe.each(Object.keys(ways))('server-everything over %s', (way) => {
  it('shows the tools that the SDK lists, and runs them with the same content', async () => {
    await using reached = await (ways[way] ?? (() => Promise.reject(new Error(way))))()
    await using api = await startApi()
    // As the registry declares: the server lists more tools to a client that can be asked.
    const capabilities = { elicitation: { form: {}, url: {} }, sampling: {} }
    const client = new Client({ name: 'test', version: '1' }, { capabilities })
    await client.connect(reached.transport())
    try {
      const created = await api.ask(
        'mutation ($input: CreateMcpServerInput!) { createMcpServer(input: $input) { ... on CreateMcpServerPayload { server { ... on McpServerBase { id } } } } }',
        { input: { name: 'everything', config: reached.config, refresh: false } },
      )
      const { id } = created.data.createMcpServer.server
      const refreshed = await api.ask(
        'mutation ($id: ID!) { refreshMcpServer(input: { id: $id, wait: true }) { ... on RefreshMcpServerPayload { refresh { status error { message } added { name description inputSchema } rejected { name reason } } } } }',
        { id },
      )
      const { refresh } = refreshed.data.refreshMcpServer
      expect(refresh).toMatchObject({ status: 'SUCCEEDED', error: null, rejected: [] })
      const { tools } = await client.listTools()
      const plain = (list: readonly { name: string; description?: string | undefined; inputSchema: unknown }[]) =>
        list
          .map(({ name, description, inputSchema }) => ({ name, description, inputSchema }))
          .sort((a, b) => (a.name < b.name ? -1 : 1))
      expect(plain(refresh.added)).toEqual(plain(tools))

      for (const [tool, args] of Object.entries(calls)) {
        const { data } = await api.ask(runTool, {
          input: { tool: { qualified: { server: 'everything', tool } }, args },
        })
        const { run } = data.runMcpTool
        const expected = await client.callTool({ name: tool, arguments: args })
        expect(run?.status, `${tool}: ${JSON.stringify(data)}`).toBe('SUCCEEDED')
        const content = run.result.content.map(({ embedded, ...block }: Record<string, string>) =>
          toMcp({ ...block, ...(embedded === undefined ? {} : { text: embedded }) }),
        )
        expect(content.map(essence), tool).toEqual((expected.content as Record<string, unknown>[]).map(essence))
        expect(run.result.structuredContent, tool).toEqual(expected.structuredContent ?? null)
      }
    } finally {
      await client.close()
    }
  })
})
