import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import type { Target } from '../fixture/start.ts'
import { ownCpu } from '../processes.ts'
import { type Contender, textOf } from './contender.ts'

function transportTo(target: Target): Transport {
  if (target.transport === 'stdio') {
    return new StdioClientTransport({ command: target.command, args: [...target.args], stderr: 'inherit' })
  }
  // Its `sessionId` may be undefined, which `Transport` does not say under exactOptionalPropertyTypes.
  return new StreamableHTTPClientTransport(new URL(target.url)) as Transport
}

export async function connectSdk(target: Target): Promise<Client> {
  const client = new Client({ name: 'bench', version: '1.0.0' })
  await client.connect(transportTo(target))
  return client
}

/** The limit: the stock client, connected once. */
export const sdkWarm: Contender = {
  name: 'SDK client, warm',
  async open(target) {
    const client = await connectSdk(target)
    return {
      call: async (a, b) => textOf(await client.callTool({ name: 'add', arguments: { a, b } })),
      cpu: ownCpu,
      close: () => client.close(),
    }
  },
}

/** Connects, calls and closes each time, as the seed system does. */
export const sdkConnect: Contender = {
  name: 'SDK client, connect per call',
  async open(target) {
    return {
      async call(a, b) {
        const client = await connectSdk(target)
        try {
          return textOf(await client.callTool({ name: 'add', arguments: { a, b } }))
        } finally {
          await client.close()
        }
      },
      cpu: ownCpu,
      close: async () => undefined,
    }
  },
}
