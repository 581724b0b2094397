import { createRegistry, type JsonObject, type McpTool } from '@toolyard/core'

/**
 * The client that the conformance suite runs, as `node test/conformance/client.ts URL`: registers the server, refreshes it,
 * and calls what the suite names, or else each tool with a value for each required arg. It knows no scenario, and nothing
 * of the protocol.
 */
interface Call {
  readonly name: string
  readonly arguments: JsonObject
}

const samples: Readonly<Record<string, JsonObject[string]>> = {
  string: 'x',
  integer: 1,
  number: 1,
  boolean: true,
  array: [],
}

function sampleArgs({ inputSchema }: Pick<McpTool, 'inputSchema'>): JsonObject {
  const { properties, required } = inputSchema
  const names = Array.isArray(required) ? required.filter((name) => typeof name === 'string') : []
  const typeOf = (name: string) => {
    const property =
      properties && typeof properties === 'object' && name in properties ? Reflect.get(properties, name) : {}
    return String(property?.type)
  }
  return Object.fromEntries(names.map((name) => [name, samples[typeOf(name)] ?? 'x']))
}

const [url = ''] = process.argv.slice(2)
const context: { readonly toolCalls?: readonly Call[] } = JSON.parse(process.env.MCP_CONFORMANCE_CONTEXT ?? '{}')
const registry = await createRegistry()
try {
  const config = { transport: 'streamableHttp' as const, serverUrl: url }
  const { id } = await registry.servers.create({ name: 'suite', config, refresh: false })
  const { outcome } = await (await registry.servers.refresh(id)).result()
  for (const { name, reason } of outcome.rejected) process.stderr.write(`rejected: ${name}: ${reason}\n`)
  const { edges } = await registry.tools.list({ filter: { serverId: [id] } })
  const calls = context.toolCalls ?? edges.map(({ node }) => ({ name: node.name, arguments: sampleArgs(node) }))
  for (const call of calls) {
    const { status, error } = await registry.tools.run({ server: 'suite', tool: call.name }, call.arguments)
    process.stderr.write(`${call.name}: ${status} ${error?.message ?? ''}\n`)
    // What a server refuses is no fault of its client: some scenarios list tools that they do not have.
    if (status !== 'SUCCEEDED' && error?.jsonRpcCode === undefined) process.exitCode = 1
  }
} finally {
  await registry.close()
}
