// Runs that wait for a person: one for an approval, one for input that its server asks for. First through the library, with
// a server of the revision 2026-07-28, then through the GraphQL API, with the same server in an earlier one.
import { fileURLToPath } from 'node:url'
import { createRegistry } from '@toolyard/core'
import { overGraphQL } from './graphql.ts'
import { withLibrary } from './library.ts'

const server = fileURLToPath(new URL('server.ts', import.meta.url))
const config = { transport: 'stdio', command: process.execPath, args: [server] } as const

await using registry = await createRegistry()
for (const [name, protocolEra] of [
  ['modern', 'MODERN'],
  ['legacy', 'LEGACY'],
] as const) {
  // The default policies ask for no approval, and let servers ask for input.
  const { id } = await registry.servers.create({ name, config, protocolEra, approvalPolicy: 'DESTRUCTIVE' })
  await (await registry.servers.refresh(id)).result()
}

await withLibrary(registry, 'modern')
await overGraphQL(registry, 'legacy')

const { edges } = await registry.runs.list()
const statuses = edges.map(({ node }) => node.status)
console.log(`${statuses.length} runs: ${statuses.toReversed().join(', ')}`)
if (statuses.toReversed().join() !== 'SUCCEEDED,SUCCEEDED,SUCCEEDED,CANCELED,SUCCEEDED') process.exitCode = 1
