import {
  createRegistry,
  type InputResponse,
  isRegistryError,
  type JsonObject,
  type McpTool,
  type PendingInput,
  type Registry,
  RegistryError,
  type ToolRun,
} from '@toolyard/core'
import { oauthOf, type SuiteContext } from './oauth-of.ts'

/**
 * The client that the conformance suite runs, as `node test/conformance/client.ts URL`: registers the server, refreshes it,
 * and calls what the suite names, or else each tool with a value for each required arg, answers what it asks for, reads each
 * resource and asks for each prompt. Where the server asks for
 * authorization, it does what its owner would, and goes where the browser is sent. It knows nothing of the protocol.
 */
const samples: Readonly<Record<string, JsonObject[string]>> = {
  string: 'x',
  integer: 1,
  number: 1,
  boolean: true,
  array: [],
}
/** Where the suite's authorization servers send browsers; nothing listens there. */
const redirectUri = 'http://localhost:3000/callback'
/** The only document that the suite's authorization servers take. */
const clientMetadataUrl = 'https://conformance-test.local/client-metadata.json'

function sampleArgs({ inputSchema }: Pick<McpTool, 'inputSchema'>): JsonObject {
  const { properties, required } = inputSchema
  const names = Array.isArray(required) ? required.filter((name) => typeof name === 'string') : []
  const propertyOf = (name: string) =>
    properties && typeof properties === 'object' && name in properties ? Reflect.get(properties, name) : {}
  return Object.fromEntries(
    names
      .map((name) => [name, propertyOf(name)])
      .filter(([, property]) => property?.default === undefined)
      .map(([name, property]) => [name, samples[String(property?.type)] ?? 'x']),
  )
}

/** Consents as the owner: the suite's authorization servers send the browser back at once. */
async function connect(registry: Registry, id: string): Promise<void> {
  const { authorizationUrl } = await registry.servers.beginAuth(id, { redirectUri })
  const { headers } = await fetch(authorizationUrl, { redirect: 'manual' })
  const answer = Object.fromEntries(new URL(headers.get('location') ?? '').searchParams)
  await registry.servers.completeAuth({ state: '', ...answer })
}

/** Does something with the server, and connects it as often as it asks for that; the registry says when it is too often. */
async function connecting<T>(registry: Registry, id: string, work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work()
    } catch (error) {
      const server = await registry.servers.get(id)
      const usesBrowser = server && server.transport !== 'stdio' && server.auth?.type === 'OAUTH'
      const mayConnect = usesBrowser && server.auth.grant === 'AUTHORIZATION_CODE'
      if (!mayConnect || !isRegistryError(error, 'AUTH_REQUIRED')) throw error
      process.stderr.write(`${error.message}\n`)
      await connect(registry, id)
    }
  }
}

/** Answers as a person would who accepts everything, and fills in only what has no default. */
function answerTo(request: PendingInput): InputResponse {
  const { key } = request
  if (request.kind === 'URL') return { key, action: 'ACCEPT' }
  if (request.kind === 'SAMPLING') {
    return { key, action: 'ACCEPT', content: { role: 'assistant', model: 'x', content: { type: 'text', text: 'x' } } }
  }
  return { key, action: 'ACCEPT', content: sampleArgs({ inputSchema: request.requestedSchema }) }
}

/** Runs a tool to its end, and answers what its server asks for meanwhile. */
async function run(registry: Registry, name: string, args: JsonObject): Promise<ToolRun> {
  const job = await registry.tools.start({ server: 'suite', tool: name }, args)
  for (;;) {
    const found = await job.result({ untilPaused: true })
    if (found.status !== 'INPUT_REQUIRED') return found
    await registry.runs.answer(job.id, { responses: found.pendingInput.map(answerTo) })
  }
}

async function call(registry: Registry, name: string, args: JsonObject): Promise<void> {
  const { status, error } = await run(registry, name, args)
  process.stderr.write(`${name}: ${status} ${error?.message ?? ''}\n`)
  if (error?.code === 'AUTH_REQUIRED') throw new RegistryError(error.code, error.message)
  // What a server refuses is no fault of its client: some scenarios list tools that they do not have.
  if (status !== 'SUCCEEDED' && error?.jsonRpcCode === undefined) process.exitCode = 1
}

/** Reads all resources of the server, and asks for all of its prompts. */
async function readAll(registry: Registry): Promise<void> {
  const { edges: resources } = await registry.resources.list()
  for (const { node } of resources) {
    const { contents } = await registry.resources.read({ id: node.id })
    process.stderr.write(`${node.uri}: ${contents.length} contents\n`)
  }
  const { edges: prompts } = await registry.prompts.list()
  for (const { node } of prompts) {
    const args = Object.fromEntries(node.arguments.filter(({ required }) => required).map(({ name }) => [name, 'x']))
    const { messages } = await registry.prompts.render({ id: node.id }, args)
    process.stderr.write(`${node.name}: ${messages.length} messages\n`)
  }
}

const [url = ''] = process.argv.slice(2)
const context: SuiteContext = JSON.parse(process.env.MCP_CONFORMANCE_CONTEXT ?? '{}')
const registry = await createRegistry({
  oauth: { clientMetadataUrl, redirectUris: [redirectUri], clientName: 'suite' },
})
try {
  const oauth = oauthOf(process.env.MCP_CONFORMANCE_SCENARIO ?? '', context)
  const config = { transport: 'streamableHttp' as const, serverUrl: url, auth: oauth && { oauth } }
  const { id } = await registry.servers.create({ name: 'suite', config, refresh: false })
  const { outcome } = await connecting(registry, id, async () => (await registry.servers.refresh(id)).result())
  for (const { name, reason } of outcome.rejected) process.stderr.write(`rejected: ${name}: ${reason}\n`)
  const { edges } = await registry.tools.list({ filter: { serverId: [id] } })
  const calls = context.toolCalls ?? edges.map(({ node }) => ({ name: node.name, arguments: sampleArgs(node) }))
  for (const each of calls) await connecting(registry, id, () => call(registry, each.name, each.arguments))
  await readAll(registry)
} catch (error) {
  // A refusal is what its owner would be told; whether it was right is for the checks to say.
  if (!isRegistryError(error)) throw error
  process.stderr.write(`refused: ${error.code} ${error.message}\n`)
} finally {
  await registry.close()
}
