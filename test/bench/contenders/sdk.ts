import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { Contender, OpenContender, Target } from './contender.ts'

async function connect(target: Target): Promise<Client> {
  const client = new Client({ name: 'bench', version: '1' })
  const transport =
    target.kind === 'http'
      ? new StreamableHTTPClientTransport(new URL(target.url))
      : new StdioClientTransport({ command: target.command, args: [...target.args] })
  // The SDK's own class is not assignable to its own interface under exactOptionalPropertyTypes.
  await client.connect(transport as Parameters<Client['connect']>[0])
  return client
}

async function echo(client: Client, message: string): Promise<string> {
  const { content } = await client.callTool({ name: 'echo', arguments: { message } })
  const [first]: unknown[] = Array.isArray(content) ? content : []
  return typeof first === 'object' && first !== null && 'text' in first ? String(first.text) : ''
}

/** One client of the SDK, connected once: the limit of what a library over it could reach. */
export const openWarmSdk: OpenContender = async (target): Promise<Contender> => {
  const client = await connect(target)
  return {
    name: 'SDK client, warm',
    pids: [],
    call: (message) => echo(client, message),
    [Symbol.asyncDispose]: () => client.close(),
  }
}

/** A client for each call, as the seed system does it. */
export const openConnectPerCall: OpenContender = async (target): Promise<Contender> => ({
  name: 'SDK client, connecting per call',
  pids: [],
  async call(message) {
    const client = await connect(target)
    try {
      return await echo(client, message)
    } finally {
      await client.close()
    }
  },
  [Symbol.asyncDispose]: async () => undefined,
})
