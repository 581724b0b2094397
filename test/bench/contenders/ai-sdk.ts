import type { Target } from '../fixture/start.ts'
import { importPeer } from '../peers.ts'
import { ownCpu } from '../processes.ts'
import { type Contender, textOf } from './contender.ts'

/** The part of `@ai-sdk/mcp` that is used; its own types are not there when this is compiled. */
interface AiSdk {
  createMCPClient(config: { readonly transport: unknown }): Promise<{
    callTool(call: { readonly name: string; readonly arguments: object }): Promise<unknown>
    close(): Promise<void>
  }>
}
interface AiSdkStdio {
  readonly StdioMCPTransport: new (config: { readonly command: string; readonly args: readonly string[] }) => unknown
}

async function transportTo(target: Target): Promise<unknown> {
  if (target.transport === 'http') return { type: 'http', url: target.url }
  // As version 2.0.99, which peers.ts installs, declares it.
  const { StdioMCPTransport } = (await importPeer('@ai-sdk/mcp', 'dist/mcp-stdio/index.js')) as unknown as AiSdkStdio
  return new StdioMCPTransport({ command: target.command, args: target.args })
}

/** The MCP client of Vercel's AI SDK, connected once. */
export const aiSdk: Contender = {
  name: '@ai-sdk/mcp',
  async open(target) {
    // As above.
    const { createMCPClient } = (await importPeer('@ai-sdk/mcp', 'dist/index.js')) as unknown as AiSdk
    const client = await createMCPClient({ transport: await transportTo(target) })
    return {
      call: async (a, b) => textOf(await client.callTool({ name: 'add', arguments: { a, b } })),
      cpu: ownCpu,
      close: () => client.close(),
    }
  },
}
