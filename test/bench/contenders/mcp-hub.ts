import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { jsonClient } from '../json-client.ts'
import { peerPath } from '../peers.ts'
import { cpuOf, startService } from '../processes.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { type Contender, textOf } from './contender.ts'

/** mcp-hub does not say which port it took when asked for a free one, so one is found for it. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  if (typeof address === 'object' && address !== null) return address.port
  throw new Error('This machine gave no free port')
}

/** A gateway in a process of its own, called by its REST API. */
export const mcpHub: Contender = {
  name: 'mcp-hub',
  async open(target) {
    await using stack = new AsyncDisposableStack()
    const folder = await temporaryFolder()
    stack.defer(folder.remove)
    const config = join(folder.path, 'servers.json')
    const server = target.transport === 'http' ? { url: target.url } : { command: target.command, args: target.args }
    await writeFile(config, JSON.stringify({ mcpServers: { fixture: server } }))
    const port = await freePort()
    const service = await startService({
      args: [join(peerPath('mcp-hub'), 'dist/cli.js'), '--port', String(port), '--config', config],
      // Its logs and lists of workspaces go there, not to the user's folders.
      env: { HOME: folder.path, XDG_STATE_HOME: folder.path, XDG_DATA_HOME: folder.path, XDG_CONFIG_HOME: folder.path },
      stream: 'stdout',
      ready: /"(1\/1 servers started) successfully"/,
    })
    stack.defer(service.stop)
    const client = jsonClient(`http://127.0.0.1:${port}`)
    stack.defer(client.close)
    const owned = stack.move()
    return {
      async call(a, b) {
        const body = { server_name: 'fixture', tool: 'add', arguments: { a, b } }
        const answer = await client.post('/api/servers/tools', body)
        return textOf(typeof answer === 'object' && answer !== null && 'result' in answer ? answer.result : answer)
      },
      cpu: () => cpuOf(service.pid),
      close: () => owned.disposeAsync(),
    }
  },
}
