import { importPeer } from '../peers.ts'
import { ownCpu } from '../processes.ts'
import { type Contender, textOf } from './contender.ts'

/** The part of mcporter that is used; its own types are not there when this is compiled. */
interface Mcporter {
  createRuntime(options: { readonly servers: readonly object[]; readonly logger: object }): Promise<{
    callTool(server: string, tool: string, options: { readonly args: object }): Promise<unknown>
    close(): Promise<void>
  }>
}

const warn = (message: string) => process.stderr.write(`mcporter: ${message}\n`)
const logger = { info: () => undefined, warn, error: warn }

/** mcporter's runtime, which keeps its connections. */
export const mcporter: Contender = {
  name: 'mcporter',
  async open(target) {
    // As version 0.12.3, which peers.ts installs, declares it.
    const { createRuntime } = (await importPeer('mcporter', 'dist/index.js')) as unknown as Mcporter
    const command =
      target.transport === 'http'
        ? { kind: 'http', url: new URL(target.url) }
        : { kind: 'stdio', command: target.command, args: target.args, cwd: process.cwd() }
    const runtime = await createRuntime({ servers: [{ name: 'fixture', command }], logger })
    return {
      call: async (a, b) => textOf(await runtime.callTool('fixture', 'add', { args: { a, b } })),
      cpu: ownCpu,
      close: () => runtime.close(),
    }
  },
}
