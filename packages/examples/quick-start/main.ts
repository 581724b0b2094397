// The library in short: registers a server, watches its refresh, and runs one of its tools.
import { fileURLToPath } from 'node:url'
import { createRegistry } from '@toolyard/core'

const everything = fileURLToPath(import.meta.resolve('@modelcontextprotocol/server-everything/dist/index.js'))

await using registry = await createRegistry()
const server = await registry.servers.create({
  name: 'everything',
  config: { transport: 'stdio', command: process.execPath, args: [everything] },
})

// create() has started a refresh. This joins it, or starts another if it has ended.
const refresh = await registry.servers.refresh(server.id)
for await (const event of refresh.events()) {
  if (event.type === 'RefreshPhaseChanged') console.log(`${event.phase.toLowerCase()}: ${event.done}`)
  if (event.type === 'RefreshToolChanged') console.log(`${event.change.toLowerCase()}: ${event.tool.name}`)
}
const { added, unchangedCount } = await refresh.result()
console.log(`${added.length} tools added, ${unchangedCount} unchanged`)

const run = await registry.tools.run({ server: 'everything', tool: 'echo' }, { message: 'hello' })
console.log(`${run.status}: ${JSON.stringify(run.result?.funcReturn)}`)
if (run.status !== 'SUCCEEDED') process.exitCode = 1
