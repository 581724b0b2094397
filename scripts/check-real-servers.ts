// npm run check:servers: installs published servers into a temporary folder, and holds the tools that a registry reads of
// each against what the server lists, and against the same list over both eras of the protocol. Needs the npm registry; the
// servers get no credentials, and no tool is called. With --record it keeps their schemas for the tests of the console's form.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { createRegistry, type McpTool, type Registry } from '@toolyard/core'
import { everyPage } from '../test/fixtures/http/paginate.ts'
import { bothWires } from '../test/fixtures/mcp/both-wires.ts'
import { type Listed, listOf } from '../test/fixtures/mcp/list-of.ts'
import {
  type PublishedSchemas,
  publishedSchemasFile,
  publishedSchemasText,
} from '../test/fixtures/mcp/published-schemas.ts'
import {
  type InstalledServer,
  installedServer,
  installServers,
  type Published,
  publishedServers,
} from '../test/fixtures/mcp/published-servers.ts'

/** The members in which a tool differs from what its server lists. */
function differences(tool: McpTool | undefined, listed: Listed): readonly string[] {
  if (!tool) return ['it is missing']
  const { annotations, ...kept } = tool
  const said: Readonly<Record<string, unknown>> = Object(listed.annotations)
  const expected = {
    // MCP 2025-11-25 (schema, BaseMetadata): the hint is the title where there is no other.
    title: listed.title ?? said.title ?? null,
    description: listed.description ?? null,
    inputSchema: { type: 'object', ...Object(listed.inputSchema) },
    outputSchema: listed.outputSchema ?? null,
    icons: listed.icons ?? [],
  }
  const members = Object.keys(expected) as (keyof typeof expected)[]
  const hints = Object.keys(annotations) as (keyof typeof annotations)[]
  return [
    ...members.filter((key) => !isDeepStrictEqual(kept[key], expected[key])),
    ...hints.filter((key) => annotations[key] !== (said[key] ?? null)),
  ]
}

function recordOf({ version, license, source }: InstalledServer, listed: readonly Listed[]): PublishedSchemas {
  const tools = Object.fromEntries(listed.map(({ name, inputSchema }) => [name, Object(inputSchema)]))
  return { version, license, source, tools }
}

/** What is wrong with what the registry has of the server. */
async function faultsOf(
  registry: Registry,
  server: Published,
  { command, args }: InstalledServer,
  env: Readonly<Record<string, string>>,
  listed: readonly Listed[],
): Promise<readonly string[]> {
  const config = { transport: 'stdio', command, args: [...args], env } as const
  const { id } = await registry.servers.create({ name: server.package, config, refresh: false })
  const { rejected } = await (await registry.servers.refresh(id)).result()
  const tools = await everyPage((page) => registry.tools.list({ filter: { serverId: [id] }, ...page }))
  process.stdout.write(`${server.package}: ${tools.length} of ${listed.length} tools\n`)
  return [
    ...rejected.map(({ name, reason }) => `${name} was rejected: ${reason}`),
    ...listed.flatMap((each) => {
      const found = differences(
        tools.find(({ name }) => name === each.name),
        each,
      )
      return found.length > 0 ? [`${each.name} differs: ${found.join(', ')}`] : []
    }),
    ...(isDeepStrictEqual(...(await bothWires(registry, server.package, listed)))
      ? []
      : ['its list is read otherwise over the other era']),
    ...(listed.length === 0 ? ['it lists no tool'] : []),
  ]
}

const isRecording = process.argv.includes('--record')
const recorded: Record<string, PublishedSchemas> = {}
const folder = mkdtempSync(join(tmpdir(), 'toolyard-servers-'))
try {
  writeFileSync(join(folder, 'package.json'), '{ "private": true }')
  installServers(folder, publishedServers)
  await using registry = await createRegistry()
  for (const server of publishedServers) {
    try {
      const installed = installedServer(folder, server)
      const env = { HOME: folder, ...server.env }
      const listed = await listOf(installed.command, installed.args, { PATH: process.env.PATH ?? '', ...env })
      recorded[server.package] = recordOf(installed, listed)
      const faults = await faultsOf(registry, server, installed, env, listed)
      for (const fault of faults) process.stdout.write(`  ${fault}\n`)
      if (faults.length > 0) process.exitCode = 1
    } catch (error) {
      process.stdout.write(`  ${server.package}: ${error}\n`)
      process.exitCode = 1
    }
  }
  if (isRecording) writeFileSync(publishedSchemasFile, publishedSchemasText(recorded))
} finally {
  rmSync(folder, { recursive: true, force: true })
}
