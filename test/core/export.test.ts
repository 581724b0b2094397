import { type ClientFormatName, type CreateServerInput, createRegistry, type Registry } from '@toolyard/core'
import { describe, expect, it } from 'vitest'
import { readConfiguration } from '../fixtures/mcp/client-configurations.ts'

const formats = [
  'MCP_SERVERS_JSON',
  'VSCODE_JSON',
  'ZED_JSON',
  'CODEX_TOML',
  'GEMINI_JSON',
  'SERVER_JSON',
  'LETTA_JSON',
  'CONTINUE_YAML',
  'GOOSE_YAML',
] as const satisfies ClientFormatName[]

const secretEnv = { names: ['*'], read: () => 'canary-from-env' }
const secretProvider = { read: async () => 'canary-from-provider' }

async function registryOf(servers: readonly CreateServerInput[]): Promise<Registry> {
  const registry = await createRegistry({ secretEnv, secretProvider })
  for (const server of servers) await registry.servers.create({ ...server, refresh: false })
  return registry
}

/** What every format can hold. */
const common: readonly CreateServerInput[] = [
  {
    name: 'hosted',
    config: {
      transport: 'streamableHttp',
      serverUrl: 'https://example.com/mcp',
      auth: { token: 'canary-token' },
      customHeaders: { 'X-Team': 'canary-header' },
    },
  },
  {
    name: 'packaged',
    config: {
      transport: 'stdio',
      command: 'npx',
      args: ['-y', '@example/server@1.2.3', '--flag', 'a value'],
      env: { API_KEY: 'canary-env' },
    },
  },
]

describe('an export', () => {
  it.each(formats)('as %s has no secret in it, and is read again as the same servers', async (format) => {
    await using registry = await registryOf(common)
    const exported = await registry.servers.export({ format })
    expect(exported.skipped).toEqual([])
    expect(JSON.stringify(exported)).not.toContain('canary')
    // Each variable stands in the text, and each that the text asks for is told.
    const names = exported.variables.map(({ name }) => name)
    expect(names.length).toBe(3)
    for (const name of names) expect(exported.text).toContain(name)

    const variables = Object.fromEntries(names.map((name) => [name, `given-${name}`]))
    const again = readConfiguration(exported.text, variables, format)
    expect(again.unresolved).toEqual({})
    expect(readConfiguration(exported.text, variables).format).toBe(format === 'GEMINI_JSON' ? 'GEMINI_JSON' : format)
    const token = names.find((name) => name.includes('TOKEN')) ?? ''
    const header = names.find((name) => name.includes('TEAM')) ?? ''
    expect(again.servers).toMatchObject({
      hosted: {
        config: {
          transport: 'streamableHttp',
          serverUrl: 'https://example.com/mcp',
          auth: { header: 'Authorization', token: expect.stringContaining(`given-${token}`) },
          customHeaders: { 'X-Team': `given-${header}` },
        },
      },
      packaged: {
        config: {
          transport: 'stdio',
          command: 'npx',
          args: ['-y', '@example/server@1.2.3', '--flag', 'a value'],
          env: { API_KEY: 'given-API_KEY' },
        },
      },
    })
  })

  it.each(formats)('as %s of what it was imported from is the same text again', async (format) => {
    await using first = await registryOf(common)
    const exported = await first.servers.export({ format })
    const variables = Object.fromEntries(exported.variables.map(({ name }) => [name, 'given']))
    const { servers } = readConfiguration(exported.text, variables, format)
    await using second = await registryOf(Object.values(servers) as CreateServerInput[])
    expect((await second.servers.export({ format })).text).toBe(exported.text)
  })

  it('keeps what is said of a server where the format has a place, and tells what it left out', async () => {
    const server: CreateServerInput = {
      name: 'all',
      description: 'what it is',
      labels: ['a'],
      refreshIntervalMs: 60_000,
      toolChangePolicy: 'WARN',
      timeouts: { connectMs: 5_000, requestMs: 20_000 },
      config: { transport: 'stdio', command: 'uvx', args: ['tool@1.0.0'], cwd: '/srv' },
    }
    await using registry = await registryOf([server])
    const never = ['labels', 'refreshIntervalMs', 'toolChangePolicy']
    const omitted = await Promise.all(
      formats.map(async (format) => {
        const exported = await registry.servers.export({ format })
        return [format, exported.omitted[0]?.members]
      }),
    )
    expect(Object.fromEntries(omitted)).toEqual({
      MCP_SERVERS_JSON: ['connectMs', ...never],
      VSCODE_JSON: ['description', 'connectMs', 'requestMs', ...never],
      ZED_JSON: ['description', 'connectMs', 'cwd', ...never],
      CODEX_TOML: ['description', ...never],
      GEMINI_JSON: ['connectMs', ...never],
      SERVER_JSON: ['connectMs', 'requestMs', 'cwd', ...never],
      LETTA_JSON: ['description', 'connectMs', 'requestMs', 'cwd', ...never],
      CONTINUE_YAML: ['description', 'requestMs', ...never],
      GOOSE_YAML: ['connectMs', 'cwd', ...never],
    })
    const codex = await registry.servers.export({ format: 'CODEX_TOML' })
    expect(readConfiguration(codex.text).servers).toMatchObject({
      all: { timeouts: { connectMs: 5_000, requestMs: 20_000 }, config: { cwd: '/srv' } },
    })
    const zed = await registry.servers.export({ format: 'ZED_JSON' })
    expect(readConfiguration(zed.text).servers).toMatchObject({ all: { timeouts: { requestMs: 20_000 } } })
  })

  it('leaves out a time-out that would be read as another one', async () => {
    const timed = (name: string, requestMs: number): CreateServerInput => ({
      name,
      timeouts: { requestMs, maxTotalMs: 3_600_000 },
      config: { transport: 'stdio', command: 'x' },
    })
    await using registry = await registryOf([timed('short', 400), timed('long', 2_000_000)])
    for (const format of ['MCP_SERVERS_JSON', 'GEMINI_JSON', 'ZED_JSON'] as const) {
      const { text, omitted } = await registry.servers.export({ format })
      const { servers } = readConfiguration(text, {}, format)
      expect(servers.long).toMatchObject({ timeouts: { requestMs: 2_000_000 } })
      // Zed rounds up to a second.
      if (format === 'ZED_JSON') expect(servers.short).toMatchObject({ timeouts: { requestMs: 1_000 } })
      else {
        expect(servers.short).not.toHaveProperty('timeouts')
        expect(omitted.find(({ name }) => name === 'short')?.members).toContain('requestMs')
      }
    }
  })

  it('skips what a format cannot hold, and says why', async () => {
    const http = { serverUrl: 'https://example.com/sse' }
    await using registry = await registryOf([
      { name: 'sse', config: { transport: 'sse', ...http } },
      { name: 'off', enabled: false, config: { transport: 'streamableHttp', ...http } },
      { name: 'any command', config: { transport: 'stdio', command: 'node', args: ['server.js'] } },
      { name: 'shell', config: { transport: 'stdio', command: 'sh', args: ['-c', `echo \${HOME}`] } },
      { name: 'template', config: { transport: 'stdio', command: 'uvx', args: ['tool@1.0.0', '{{ MODE | a }}'] } },
    ])
    const skipped = Object.fromEntries(
      await Promise.all(
        formats.map(async (format) => {
          const exported = await registry.servers.export({ format })
          return [format, exported.skipped.map(({ name }) => name)]
        }),
      ),
    )
    expect(skipped).toEqual({
      MCP_SERVERS_JSON: ['shell'],
      VSCODE_JSON: ['off', 'shell'],
      ZED_JSON: ['shell', 'sse'],
      CODEX_TOML: ['sse', 'template'],
      GEMINI_JSON: ['shell'],
      SERVER_JSON: ['any command', 'off', 'shell'],
      LETTA_JSON: ['off'],
      CONTINUE_YAML: ['off'],
      GOOSE_YAML: ['sse', 'template'],
    })
    const { skipped: reasons } = await registry.servers.export({ format: 'CODEX_TOML' })
    expect(reasons[0]).toEqual({ name: 'sse', reason: 'Codex does not support SSE' })
  })

  it('writes templates in args as variables with their defaults', async () => {
    const args = ['tool@1.0.0', '{{ MODE | a }}', 'x={{ KEY }}']
    await using registry = await registryOf([{ name: 'a', config: { transport: 'stdio', command: 'uvx', args } }])
    const { text, variables } = await registry.servers.export({ format: 'MCP_SERVERS_JSON' })
    expect(JSON.parse(text).mcpServers.a.args).toEqual(['tool@1.0.0', `\${MODE:-a}`, `x=\${KEY}`])
    expect(variables).toEqual([
      { name: 'MODE', description: 'in the args of a', required: false, secret: false, default: 'a' },
      { name: 'KEY', description: 'in the args of a', required: true, secret: false, default: null },
    ])
    for (const format of ['VSCODE_JSON', 'SERVER_JSON', 'LETTA_JSON', 'ZED_JSON', 'GEMINI_JSON'] as const) {
      const exported = await registry.servers.export({ format })
      const { servers } = readConfiguration(exported.text, { KEY: 'k' }, format)
      const mode = format === 'LETTA_JSON' ? '{{ MODE | a }}' : 'a'
      expect(servers).toMatchObject({ a: { config: { args: ['tool@1.0.0', mode, 'x=k'] } } })
    }
  })

  it('calls what is read from the environment as it is called there, and every other secret by a name of its own', async () => {
    const stdio = (env: Record<string, string | { env: string } | { provider: string }>) =>
      ({ transport: 'stdio', command: 'x', env }) as const
    await using registry = await registryOf([
      { name: 'a', config: stdio({ TOKEN: { env: 'SHARED' }, KEY: 'canary-1' }) },
      { name: 'b', config: stdio({ TOKEN: { env: 'SHARED' }, KEY: 'canary-2', SHARED: 'canary-3' }) },
      { name: 'c é', config: stdio({ KEY: { provider: 'canary/vault' } }) },
    ])
    const { text, variables } = await registry.servers.export({ format: 'MCP_SERVERS_JSON' })
    const { mcpServers } = JSON.parse(text)
    expect([mcpServers.a.env, mcpServers.b.env, mcpServers['c é'].env]).toEqual([
      { TOKEN: `\${SHARED}`, KEY: `\${KEY}` },
      { TOKEN: `\${SHARED}`, KEY: `\${B_KEY}`, SHARED: `\${B_SHARED}` },
      { KEY: `\${C_E_KEY}` },
    ])
    expect(variables.find(({ name }) => name === 'SHARED')?.description).toBe('TOKEN of a, TOKEN of b')
    const codex = await registry.servers.export({ format: 'CODEX_TOML' })
    expect(codex.text).toContain('env_vars = [ "TOKEN", "KEY", "SHARED" ]')
    const code = await registry.servers.export({ format: 'VSCODE_JSON' })
    expect(JSON.parse(code.text).servers.a.env).toEqual({ TOKEN: `\${env:SHARED}`, KEY: `\${input:KEY}` })
    expect(JSON.parse(code.text).inputs[0]).toEqual({
      type: 'promptString',
      id: 'KEY',
      description: 'KEY of the MCP server a',
      password: true,
    })
  })

  it('holds that a server is switched off where the format can', async () => {
    const off: CreateServerInput = { name: 'off', enabled: false, config: { transport: 'stdio', command: 'x' } }
    await using registry = await registryOf([off])
    for (const format of ['MCP_SERVERS_JSON', 'ZED_JSON', 'CODEX_TOML', 'GEMINI_JSON', 'GOOSE_YAML'] as const) {
      const { text } = await registry.servers.export({ format })
      expect(readConfiguration(text, {}, format).servers).toMatchObject({ off: { enabled: false } })
    }
  })

  it('is of the servers that the filter selects, and of none as well', async () => {
    await using registry = await registryOf(common)
    const { text } = await registry.servers.export({ format: 'LETTA_JSON', filter: { name: { eq: 'hosted' } } })
    expect(JSON.parse(text)).toMatchObject([{ server_name: 'hosted' }])
    for (const format of formats) {
      const none = await registry.servers.export({ format, filter: { name: { eq: 'missing' } } })
      expect(readConfiguration(none.text, {}, format).servers).toEqual({})
    }
  })

  it('rejects an unknown format', async () => {
    await using registry = await registryOf([])
    for (const format of ['AUTO', 'YAML', 'constructor'] as never[]) {
      await expect(registry.servers.export({ format })).rejects.toMatchObject({
        code: 'INVALID_INPUT',
        path: ['format'],
      })
    }
  })

  it('keeps names that a format has to quote', async () => {
    const names = ['a b', 'ü.ö', '__proto__', 'constructor', '"', '1']
    const config = { transport: 'stdio', command: 'x' } as const
    await using registry = await registryOf(names.map((name) => ({ name, config })))
    for (const format of formats.filter((each) => each !== 'GEMINI_JSON' && each !== 'SERVER_JSON')) {
      const { text } = await registry.servers.export({ format })
      expect(Object.keys(readConfiguration(text, {}, format).servers).sort()).toEqual([...names].sort())
    }
  })
})
