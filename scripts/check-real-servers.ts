// npm run check:servers: installs published servers into a temporary folder, and holds the tools that a registry reads of
// each against what the server lists, and against the same list over both eras of the protocol. Needs the npm registry; the servers get no credentials, and no tool is called.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { createRegistry, type McpTool, type Registry } from '@toolyard/core'
import { bothWires } from '../test/fixtures/mcp/both-wires.ts'
import { type Listed, listOf } from '../test/fixtures/mcp/list-of.ts'

interface Published {
  readonly package: string
  readonly bin: string
  readonly args?: readonly string[]
  /** What the server wants to have before it starts; nothing is opened by it. */
  readonly env?: Readonly<Record<string, string>>
}

const servers: readonly Published[] = [
  { package: '@modelcontextprotocol/server-sequential-thinking', bin: 'mcp-server-sequential-thinking' },
  { package: '@playwright/mcp', bin: 'playwright-mcp', args: ['--headless'] },
  { package: '@upstash/context7-mcp', bin: 'context7-mcp' },
  { package: 'chrome-devtools-mcp', bin: 'chrome-devtools-mcp', args: ['--no-usage-statistics'] },
  { package: '@antv/mcp-server-chart', bin: 'mcp-server-chart' },
  { package: '@notionhq/notion-mcp-server', bin: 'notion-mcp-server', env: { NOTION_TOKEN: 'none' } },
  { package: 'figma-developer-mcp', bin: 'figma-developer-mcp', args: ['--stdio'], env: { FIGMA_API_KEY: 'none' } },
  { package: 'firecrawl-mcp', bin: 'firecrawl-mcp', env: { FIRECRAWL_API_KEY: 'none' } },
  { package: 'tavily-mcp', bin: 'tavily-mcp', env: { TAVILY_API_KEY: 'none' } },
  {
    package: '@brave/brave-search-mcp-server',
    bin: 'brave-search-mcp-server',
    args: ['--transport', 'stdio'],
    env: { BRAVE_API_KEY: 'none' },
  },
  { package: 'mcp-server-kubernetes', bin: 'mcp-server-kubernetes' },
]

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

/** What is wrong with what the registry has of the server. */
async function faultsOf(registry: Registry, folder: string, server: Published): Promise<readonly string[]> {
  const command = join(folder, 'node_modules', '.bin', server.bin)
  const args = [...(server.args ?? [])]
  const env = { HOME: folder, ...server.env }
  const listed = await listOf(command, args, { PATH: process.env.PATH ?? '', ...env })
  const config = { transport: 'stdio', command, args, env } as const
  const { id } = await registry.servers.create({ name: server.package, config, refresh: false })
  const { rejected } = await (await registry.servers.refresh(id)).result()
  const { edges } = await registry.tools.list({ filter: { serverId: [id] }, first: 100 })
  const tools = edges.map(({ node }) => node)
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

const folder = mkdtempSync(join(tmpdir(), 'toolyard-servers-'))
try {
  writeFileSync(join(folder, 'package.json'), '{ "private": true }')
  const flags = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  const names = servers.map((server) => server.package)
  const { status } = spawnSync('npm', [...flags, ...names], { cwd: folder, stdio: 'inherit' })
  if (status !== 0) throw new Error(`npm install ended with ${status}`)
  await using registry = await createRegistry()
  for (const server of servers) {
    const faults = await faultsOf(registry, folder, server).catch((error: unknown) => [`${server.package}: ${error}`])
    for (const fault of faults) process.stdout.write(`  ${fault}\n`)
    if (faults.length > 0) process.exitCode = 1
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
