import { describe, expect, it } from 'vitest'
import { configurationFile, readConfiguration } from '../fixtures/mcp/client-configurations.ts'

const read = (name: string, variables: Parameters<typeof readConfiguration>[1] = {}) =>
  readConfiguration(configurationFile(name), variables)

describe('Claude Desktop', () => {
  it('is read with command, args and env, and nothing else of the file', () => {
    expect(read('claude-desktop.json')).toMatchObject({
      format: 'MCP_SERVERS_JSON',
      servers: {
        filesystem: {
          name: 'filesystem',
          config: {
            transport: 'stdio',
            command: 'npx',
            args: ['-y', '@modelcontextprotocol/server-filesystem', '/home/me/Documents'],
            env: {},
          },
        },
        weather: { config: { command: 'uv', env: { UNITS: 'metric' } } },
      },
      variables: [],
      ignored: {},
    })
  })
})

describe('Claude Code', () => {
  it('has its types, time-out and variables with defaults; servers of projects are left alone', () => {
    const { servers, variables, undetermined } = read('claude-code.json', {
      API_KEY: { env: 'KEY' },
      API_TOKEN: { provider: 'vault/token' },
    })
    expect(servers).toEqual({
      local: {
        name: 'local',
        config: {
          transport: 'stdio',
          command: '/opt/tools/bin/server',
          args: ['--verbose'],
          env: { API_KEY: { env: 'KEY' }, REGION: 'eu' },
          cwd: null,
        },
        timeouts: { requestMs: 600_000 },
      },
      remote: {
        name: 'remote',
        config: {
          transport: 'streamableHttp',
          serverUrl: 'https://api.example.com/mcp',
          customHeaders: { 'X-Team': 'tools' },
          auth: { header: 'Authorization', token: { provider: 'vault/token' } },
        },
      },
      events: {
        name: 'events',
        config: { transport: 'sse', serverUrl: 'https://events.example.com/sse', customHeaders: {}, auth: null },
      },
    })
    expect(undetermined).toEqual([])
    expect(variables).toEqual([
      { name: 'TOOLS_DIR', description: null, required: false, secret: false, default: '/opt/tools' },
      // What stands for an env value is a secret, and its default with it.
      { name: 'REGION', description: null, required: false, secret: true, default: null },
      { name: 'API_BASE_URL', description: null, required: false, secret: false, default: 'https://api.example.com' },
    ])
  })

  it('names what is not given', () => {
    expect(read('claude-code.json').unresolved).toEqual({ local: ['API_KEY'], remote: ['API_TOKEN'] })
  })

  it('puts a literal where the variable was, with the scheme that stands before it', () => {
    const { servers } = read('claude-code.json', { API_TOKEN: 'abc', API_KEY: 'x', REGION: { literal: 'us' } })
    expect(servers).toMatchObject({
      local: { config: { env: { API_KEY: 'x', REGION: 'us' } } },
      remote: { config: { auth: { header: 'Authorization', token: 'Bearer abc' } } },
    })
  })
})

describe('Cursor', () => {
  it('asks for what only Cursor knows, and says what it leaves out', () => {
    const { unresolved, ignored, undetermined } = read('cursor.json')
    expect(unresolved).toEqual({ files: ['workspaceFolder', 'userHome', 'API_KEY'], hosted: ['SERVICE_TOKEN'] })
    expect(ignored).toEqual({ files: ['envFile'], hosted: ['auth'] })
    expect(undetermined).toEqual(['hosted'])
  })

  it('takes its folders as given', () => {
    const { servers } = read('cursor.json', { workspaceFolder: '/w', userHome: '/h', API_KEY: 'k', SERVICE_TOKEN: 't' })
    expect(servers).toMatchObject({ files: { config: { args: ['/w/server.py', '--home', '/h'] } } })
  })
})

describe('Windsurf', () => {
  it('has serverUrl, disabled, and files for values', () => {
    const { servers, unresolved, ignored, undetermined } = read('windsurf.json', { AUTH_TOKEN: 'abc' })
    expect(servers).toMatchObject({
      github: { enabled: false, config: { command: 'docker' } },
      hosted: { config: { serverUrl: 'https://hosted.example.com/mcp', customHeaders: { API_KEY: 'Key abc' } } },
    })
    expect(unresolved).toEqual({ github: ['GITHUB_TOKEN'], hosted: ['file:/etc/cert'] })
    expect(ignored).toEqual({ hosted: ['disabledTools'] })
    expect(undetermined).toEqual(['hosted'])
  })

  it('refuses a reference where the variable is a part of the text alone', () => {
    const { servers } = read('windsurf.json', { AUTH_TOKEN: { env: 'TOKEN' } })
    expect(servers.hosted).toEqual({ error: 'INVALID_INPUT', path: 'mcpServers.hosted.headers.API_KEY' })
  })
})

describe('VS Code', () => {
  it('has servers with inputs, comments and trailing commas', () => {
    const result = read('vscode.jsonc', { workspaceFolder: '/w', PROXY: { env: 'HTTPS_PROXY' } })
    expect(result).toMatchObject({
      format: 'VSCODE_JSON',
      servers: {
        perplexity: {
          config: { command: 'npx', args: ['-y', 'server-perplexity-ask', '--region', 'eu'], cwd: '/w' },
        },
        context: { config: { transport: 'streamableHttp', serverUrl: 'https://context.example.com/mcp' } },
        old: { config: { transport: 'sse' } },
      },
      unresolved: { perplexity: ['perplexity-key'], old: ['perplexity-key'] },
      ignored: { perplexity: ['dev'] },
      // As VS Code, which tries SSE where a server of the type http does not speak Streamable HTTP.
      undetermined: ['context'],
    })
    expect(result.variables).toEqual([
      { name: 'region', description: 'Where', required: false, secret: false, default: 'eu' },
      { name: 'perplexity-key', description: 'Key of Perplexity', required: true, secret: true, default: null },
    ])
  })

  it('is found in the settings that it stood in before', () => {
    const { format, servers } = readConfiguration('{"mcp": {"servers": {"a": {"command": "x"}}}}')
    expect(format).toBe('VSCODE_JSON')
    expect(servers).toMatchObject({ a: { config: { command: 'x' } } })
  })
})

describe('Zed', () => {
  it('is read in its old and its new form', () => {
    const { format, servers, ignored, undetermined } = read('zed.jsonc', { KEY: 'k' })
    expect(format).toBe('ZED_JSON')
    expect(servers).toMatchObject({
      new: {
        config: { command: 'some-command', args: ['arg-1', 'arg-2'], env: { KEY: 'a key' } },
        timeouts: { requestMs: 90_000 },
      },
      old: { config: { command: '/path/to/server', args: ['run'], env: { KEY: 'k' } } },
      remote: {
        enabled: false,
        config: {
          serverUrl: 'https://remote.example.com/mcp',
          auth: { header: 'Authorization', token: 'Bearer a-token' },
        },
      },
      'of-an-extension': { error: 'INVALID_INPUT', path: 'context_servers.of-an-extension' },
    })
    expect(ignored).toEqual({ old: ['settings'] })
    expect(undetermined).toEqual(['remote'])
  })

  it('has had its time-out in ms before', () => {
    const { servers } = readConfiguration('{"context_servers": {"a": {"command": "x", "timeout": 60000}}}')
    expect(servers).toMatchObject({ a: { timeouts: { requestMs: 60_000 } } })
  })
})

describe('Codex', () => {
  it('names variables in members of their own', () => {
    const { format, servers, ignored } = read('codex.toml', {
      LOCAL_TOKEN: { env: 'LOCAL' },
      REMOTE_TOKEN: 'r',
      FIGMA_TOKEN: { env: 'FIGMA' },
      FIGMA_CLIENT: 'c',
    })
    expect(format).toBe('CODEX_TOML')
    expect(servers).toEqual({
      docs: {
        name: 'docs',
        config: {
          transport: 'stdio',
          command: 'npx',
          args: ['-y', '@upstash/context7-mcp'],
          env: { MY_ENV_VAR: 'MY_ENV_VALUE', LOCAL_TOKEN: { env: 'LOCAL' }, REMOTE_TOKEN: 'r' },
          cwd: '/srv/docs',
        },
        timeouts: { connectMs: 20_000, requestMs: 45_500 },
      },
      figma: {
        name: 'figma',
        config: {
          transport: 'streamableHttp',
          serverUrl: 'https://mcp.figma.example/mcp',
          customHeaders: { 'X-Figma-Region': 'us-east-1', 'X-Client': 'c' },
          auth: { header: 'Authorization', token: { env: 'FIGMA' } },
        },
        timeouts: { connectMs: 15_000 },
      },
      off: { name: 'off', enabled: false, config: expect.objectContaining({ command: 'off' }) },
    })
    expect(ignored).toEqual({ docs: ['enabled_tools'] })
  })

  it('takes braces for text, as Codex does', () => {
    const { servers } = readConfiguration(`[mcp_servers.a]\ncommand = "sh"\nargs = ["-c", "echo \${HOME}"]`)
    expect(servers).toMatchObject({ a: { config: { args: ['-c', `echo \${HOME}`] } } })
  })
})

describe('Gemini CLI', () => {
  it('has Streamable HTTP at httpUrl and SSE at url, and variables with and without braces', () => {
    const { format, servers, unresolved, ignored } = read('gemini.json', { HTTP_TOKEN: 't' })
    expect(format).toBe('GEMINI_JSON')
    expect(servers).toMatchObject({
      python: { enabled: false, timeouts: { requestMs: 15_000 }, config: { cwd: './mcp-servers/python' } },
      http: {
        timeouts: { requestMs: 5_000 },
        config: {
          transport: 'streamableHttp',
          auth: { header: 'Authorization', token: 'Bearer t' },
          customHeaders: { 'X-Custom-Header': 'costs 5$ each' },
        },
      },
      sse: { config: { transport: 'sse' } },
      typed: { config: { transport: 'streamableHttp', serverUrl: 'http://localhost:8081/mcp' } },
    })
    expect(unresolved).toEqual({ python: ['DB_CONNECTION_STRING', 'EXTERNAL_API_KEY'] })
    expect(ignored).toEqual({ python: ['trust'], http: ['headers.Content-Type'], typed: ['includeTools'] })
  })

  it('uses only what is allowed', () => {
    const text = '{"mcp":{"allowed":["a"]},"mcpServers":{"a":{"httpUrl":"http://a/"},"b":{"httpUrl":"http://b/"}}}'
    expect(readConfiguration(text).servers).toMatchObject({ b: { enabled: false } })
    expect(readConfiguration(text).servers.a).not.toHaveProperty('enabled')
  })
})

describe('server.json', () => {
  it('of a package is a command, with what is to be asked for', () => {
    const result = read('server-package.json', { database: 'main', DB_PASSWORD: 'secret' })
    expect(result.format).toBe('SERVER_JSON')
    expect(result.servers).toEqual({
      'database-manager': {
        name: 'database-manager',
        description: 'Works on databases of several kinds',
        config: {
          transport: 'stdio',
          command: 'npx',
          args: [
            '-y',
            '@example/database-manager@3.1.0',
            '--host',
            'localhost',
            '--mode',
            'ro',
            '--quiet',
            'main',
            'as {is}',
          ],
          env: { DB_PASSWORD: 'secret', SSL_MODE: 'prefer' },
          cwd: null,
        },
      },
    })
    expect(result.variables).toEqual([
      { name: 'host', description: 'Host', required: false, secret: false, default: 'localhost' },
      { name: 'port', description: 'Port', required: false, secret: false, default: null },
      { name: 'mode', description: null, required: false, secret: false, default: 'ro' },
      { name: 'SSL_MODE', description: null, required: false, secret: false, default: 'prefer' },
      { name: 'DB_USER', description: 'Who', required: false, secret: false, default: null },
    ])
  })

  it('of a package takes what is optional where it is given', () => {
    const { servers } = read('server-package.json', { database: 'main', DB_PASSWORD: 'x', port: '1', DB_USER: 'me' })
    expect(servers).toMatchObject({
      'database-manager': { config: { args: expect.arrayContaining(['--port', '1']), env: { DB_USER: 'me' } } },
    })
  })

  it('goes by a remote before a package, and Streamable HTTP before SSE', () => {
    const { servers } = read('server-remote.json', { tenant: 'acme', api_key: { env: 'KEY' }, source: '/data' })
    expect(servers).toEqual({
      hybrid: {
        name: 'hybrid',
        description: 'At hand as a package, and as a service',
        config: {
          transport: 'streamableHttp',
          serverUrl: 'https://acme.example.com/mcp/{kept}',
          customHeaders: { 'X-Region': 'us-east-1' },
          auth: { header: 'Authorization', token: { env: 'KEY' } },
        },
      },
      container: {
        name: 'container',
        description: 'In a container',
        config: {
          transport: 'stdio',
          command: 'docker',
          args: [
            'run',
            '-i',
            '--rm',
            '-e',
            'LOG_LEVEL',
            '--mount',
            'type=bind,src=/data,dst=/project',
            'docker.io/example/container:1.0.2',
            '/project',
          ],
          env: { LOG_LEVEL: 'info' },
          cwd: null,
        },
      },
      dotnet: {
        name: 'dotnet',
        description: 'd',
        config: {
          transport: 'stdio',
          command: 'dnx',
          args: ['Example.Server@0.4.0', '--yes', '--', 'mcp', 'start'],
          env: {},
          cwd: null,
        },
      },
    })
  })

  it.each([
    ['a bundle', { registryType: 'mcpb', identifier: 'x' }, 'packages.0.registryType'],
    [
      'another registry',
      { registryType: 'npm', identifier: 'x', registryBaseUrl: 'https://evil.example' },
      'packages.0.registryBaseUrl',
    ],
    ['a name that is an option', { registryType: 'npm', identifier: '--call=x' }, 'packages.0.identifier'],
    [
      'a package that listens',
      { registryType: 'npm', identifier: 'x', transport: { type: 'sse', url: 'http://a/' } },
      'packages.0.transport.type',
    ],
  ])('refuses %s', (_, item, path) => {
    const text = JSON.stringify({ name: 'a/b', packages: [item] })
    expect(readConfiguration(text).servers).toEqual({ b: { error: 'INVALID_INPUT', path } })
  })
})

describe('the seed API', () => {
  it('keeps its templates, which are templates here', () => {
    const { format, servers, variables } = read('letta.json')
    expect(format).toBe('LETTA_JSON')
    expect(servers).toMatchObject({
      weather: {
        config: {
          transport: 'streamableHttp',
          serverUrl: 'https://weather.example.com/mcp',
          auth: { header: 'Authorization', token: 'Bearer {{ WEATHER_TOKEN }}' },
          customHeaders: { 'X-Units': '{{ UNITS | metric }}' },
        },
      },
      local: {
        config: {
          command: 'npx',
          args: ['-y', '@modelcontextprotocol/server-everything', '{{ MODE | stdio }}'],
          env: { NODE_ENV: 'production' },
        },
      },
      flat: {
        config: {
          transport: 'sse',
          serverUrl: 'https://flat.example.com/sse',
          auth: { header: 'X-Api-Key', token: 'a-key' },
        },
      },
    })
    expect(variables.filter(({ required }) => required)).toEqual([])
  })

  it('fills in those that are given, for good', () => {
    const { servers } = read('letta.json', { WEATHER_TOKEN: { env: 'W' }, MODE: 'sse' })
    expect(servers).toMatchObject({
      weather: { config: { auth: { token: { env: 'W' } } } },
      local: { config: { args: ['-y', '@modelcontextprotocol/server-everything', 'sse'] } },
    })
  })

  it('is one server, or servers by name, as well', () => {
    const one = '{"server_name": "a", "config": {"mcp_server_type": "stdio", "command": "x", "args": []}}'
    expect(readConfiguration(one).servers).toMatchObject({ a: { config: { command: 'x' } } })
    const byName = '{"a": {"server_name": "a", "type": "stdio", "stdio_config": {"command": "x", "args": ["y"]}}}'
    expect(readConfiguration(byName).servers).toMatchObject({ a: { config: { command: 'x', args: ['y'] } } })
  })
})

describe('Continue', () => {
  it('has a list of servers, its secrets in braces, headers in requestOptions', () => {
    const { format, servers, unresolved, ignored } = read('continue.yaml', { SQLITE_KEY: { env: 'KEY' } })
    expect(format).toBe('CONTINUE_YAML')
    expect(servers).toEqual({
      'SQLite MCP': {
        name: 'SQLite MCP',
        config: {
          transport: 'stdio',
          command: 'npx',
          args: ['-y', 'mcp-sqlite', '/srv/data.db'],
          env: { LOG: 'debug', API_KEY: { env: 'KEY' } },
          cwd: '/srv',
        },
        timeouts: { connectMs: 20_000 },
      },
      Hosted: {
        name: 'Hosted',
        config: expect.objectContaining({
          transport: 'streamableHttp',
          serverUrl: 'https://hosted.example.com/mcp',
          customHeaders: { 'X-Team': 'tools' },
        }),
      },
      Events: { name: 'Events', config: expect.objectContaining({ transport: 'sse' }) },
      '': { error: 'INVALID_INPUT', path: 'mcpServers.3.name' },
    })
    expect(unresolved).toEqual({ Hosted: ['HOSTED_TOKEN'] })
    expect(ignored).toEqual({ Hosted: ['requestOptions.verifySsl'] })
  })

  it('had the same list in JSON before', () => {
    const { format, servers } = readConfiguration('{"mcpServers": [{"name": "a", "command": "x"}]}')
    expect(format).toBe('CONTINUE_YAML')
    expect(servers).toMatchObject({ a: { config: { command: 'x' } } })
  })
})

describe('Goose', () => {
  it('has extensions, keys of its keyring, seconds, and extensions of its own that are left alone', () => {
    const { format, servers, ignored, unresolved } = read('goose.yaml', { HOSTED_TOKEN: { env: 'TOKEN' } })
    expect(format).toBe('GOOSE_YAML')
    expect(servers).toEqual({
      github: {
        name: 'github',
        description: 'Repositories',
        enabled: true,
        config: {
          transport: 'stdio',
          command: 'npx',
          args: ['-y', '@modelcontextprotocol/server-github'],
          env: expect.objectContaining({ LOG: 'debug' }),
          cwd: null,
        },
        timeouts: { requestMs: 300_000 },
      },
      hosted: {
        name: 'hosted',
        enabled: false,
        config: {
          transport: 'streamableHttp',
          serverUrl: 'https://hosted.example.com/mcp',
          customHeaders: { 'X-Team': 'tools' },
          auth: { header: 'Authorization', token: { env: 'TOKEN' } },
        },
      },
      older: { name: 'older', enabled: true, config: expect.objectContaining({ command: 'uvx' }) },
    })
    expect(unresolved).toEqual({ github: ['GITHUB_PERSONAL_ACCESS_TOKEN'] })
    expect(ignored).toEqual({ github: ['available_tools'] })
  })
})

describe('a time-out', () => {
  it.each([
    [60, 60_000, ['timeout: 60 was read as seconds']],
    [0.5, 500, ['timeout: 0.5 was read as seconds']],
    [999, 999_000, ['timeout: 999 was read as seconds']],
    [1_000, 1_000, []],
    [60_000, 60_000, []],
  ])('of %d is %s ms', (timeout, requestMs, notes) => {
    for (const type of ['stdio', 'http']) {
      const entry = type === 'stdio' ? { command: 'x' } : { type, url: 'https://a.example/' }
      const { servers, notes: told } = readConfiguration(JSON.stringify({ mcpServers: { a: { ...entry, timeout } } }))
      expect(servers.a).toMatchObject({ timeouts: { requestMs } })
      expect(told.a ?? []).toEqual(notes)
    }
  })
})

describe('an entry', () => {
  const one = (entry: object) => {
    const { servers, undetermined } = readConfiguration(JSON.stringify({ mcpServers: { a: entry } }))
    return { a: servers.a, isUndetermined: undetermined.length > 0 }
  }

  it('with an empty command or URL beside the other is the other', () => {
    expect(one({ command: '', url: 'https://a.example/' }).a).toMatchObject({
      config: { serverUrl: 'https://a.example/' },
    })
    expect(one({ command: 'x', url: '', cwd: ' ' }).a).toMatchObject({ config: { command: 'x', cwd: null } })
    expect(one({ command: 'x', url: '' }).a).toMatchObject({ config: { command: 'x' } })
    expect(one({ type: 'stdio', command: '' }).a).toEqual({ error: 'INVALID_INPUT', path: 'mcpServers.a.command' })
    expect(one({ command: '', url: ' ' }).a).toEqual({ error: 'INVALID_INPUT', path: 'mcpServers.a' })
  })

  it.each([
    [{ isActive: false }, false],
    [{ isActive: true }, true],
    [{ disabled: true }, false],
    [{ enabled: true, disabled: true }, false],
    [{ enabled: false, isActive: true }, false],
  ])('with %o is enabled: %s', (said, enabled) => {
    expect(one({ command: 'x', ...said }).a).toMatchObject({ enabled })
  })

  it.each([
    ['streamableHttp', 'streamableHttp'],
    ['streamable-http', 'streamableHttp'],
    ['Streamable_HTTP', 'streamableHttp'],
    ['streamable http', 'streamableHttp'],
    ['http-stream', 'streamableHttp'],
    ['HTTP', 'streamableHttp'],
    ['SSE', 'sse'],
    ['STDIO', 'stdio'],
    ['local', 'stdio'],
  ])('of the type %s is %s', (type, transport) => {
    const { a, isUndetermined } = one({ type, command: 'x', url: 'https://a.example/' })
    expect(a).toMatchObject({ config: { transport } })
    expect(isUndetermined).toBe(false)
  })

  it('of a type that is a place, and no transport, is tried', () => {
    expect(one({ type: 'remote', url: 'https://a.example/' }).isUndetermined).toBe(true)
    expect(one({ type: 'websocket', url: 'https://a.example/' }).a).toEqual({
      error: 'INVALID_INPUT',
      path: 'mcpServers.a.type',
    })
  })

  it.each(['mcpServers', 'servers', 'context_servers'])(
    'of %s has its variables filled in in a URL, a command and args, with their defaults',
    (member) => {
      const entries = {
        web: { type: 'http', url: `\${BASE:-https://a.example:8443}/\${PATH_OF}?q=\${Q:-}` },
        local: { command: `\${BIN:-/opt}/run`, args: [`--to=\${TO}`, `\${MODE:-fast mode}`] },
      }
      const text = JSON.stringify({ [member]: entries })
      expect(readConfiguration(text).unresolved).toEqual({ web: ['PATH_OF'], local: ['TO'] })
      expect(readConfiguration(text, { PATH_OF: 'mcp', TO: 'x' }).servers).toMatchObject({
        web: { config: { serverUrl: 'https://a.example:8443/mcp?q=' } },
        local: { config: { command: '/opt/run', args: ['--to=x', 'fast mode'] } },
      })
    },
  )
})

describe('the format', () => {
  it.each([
    ['{"mcpServers": {}}', 'MCP_SERVERS_JSON'],
    ['// a comment\n{"mcpServers": {"a": {"url": "http://a/"}}}', 'MCP_SERVERS_JSON'],
    ['{"mcpServers": {"a": {"command": "x", "env": {"A": "$TOKEN"}}}}', 'GEMINI_JSON'],
    ['{"mcpServers": {"a": {"command": "x", "env": {"A": "$ecret"}}}}', 'MCP_SERVERS_JSON'],
    ['{"servers": {}}', 'VSCODE_JSON'],
    ['{"context_servers": {}}', 'ZED_JSON'],
    ['# a comment\n[mcp_servers]', 'CODEX_TOML'],
    ['[mcp_servers."a b"]\ncommand = "x"', 'CODEX_TOML'],
    ['mcp_servers = {}', 'CODEX_TOML'],
    ['[{"name": "a/b", "packages": []}]', 'SERVER_JSON'],
    ['{"server": {"name": "a/b", "remotes": []}}', 'SERVER_JSON'],
    ['[{"server_name": "a"}]', 'LETTA_JSON'],
    ['mcpServers:\n  - name: a\n    command: x', 'CONTINUE_YAML'],
    ['# a comment\nextensions: {}', 'GOOSE_YAML'],
  ])('of %j is %s', (text, format) => {
    expect(readConfiguration(text).format).toBe(format)
  })

  it.each(['', 'hello', '{}', '[]', '{"a": {"command": "x"}}', 'a = 1', '{"servers": 1}', '42', '"text"'])(
    'of %j is not recognised, and what was looked for is said',
    (text) => {
      expect(() => readConfiguration(text)).toThrow(/not recognised.*mcpServers.*VSCODE_JSON.*CODEX_TOML/)
    },
  )

  it('is taken as said', () => {
    expect(readConfiguration('{"mcpServers": {"a": {"url": "http://a/"}}}', {}, 'GEMINI_JSON').servers).toMatchObject({
      a: { config: { transport: 'sse' } },
    })
    expect(() => readConfiguration('{"mcpServers": {}}', {}, 'ZED_JSON')).toThrow(/context_servers: expected an object/)
  })
})

describe('a text that is broken', () => {
  it.each([
    ['{"mcpServers": {"a": {"command": "x" "args": []}}}', 'AUTO', 1, 38, 'a comma'],
    ['{\n  "mcpServers": {\n    "a": {"command": secret}\n  }\n}', 'AUTO', 3, 22, 'a value'],
    ['{"mcpServers": {', 'AUTO', 1, 17, 'a comma or }'],
    ['{"mcpServers": {"a": "\u0001secret"}}', 'AUTO', 1, 22, 'no control character'],
    ['[mcp_servers.a]\ncommand = "secret', 'AUTO', 2, 11, 'unfinished string'],
    ['[mcp_servers.a]\nurl = "a"\nurl = "secret"', 'CODEX_TOML', 3, 1, 'redefine'],
    ['mcpServers:\n  - name: a\n   command: secret', 'AUTO', 3, 1, ''],
    ['mcpServers:\n  - name: "secret', 'AUTO', 2, 18, 'a bracket, a quote or a colon'],
    ['extensions:\n  a: {cmd: x}\n  a: {cmd: secret}', 'GOOSE_YAML', 3, 3, 'each name once'],
    [
      `a: &a [${'x,'.repeat(50)}]\n${[...'bcdef'].map((name, n) => `${name}: &${name} [${`*${'abcde'[n]},`.repeat(19)}]\n`).join('')}extensions: *f`,
      'AUTO',
      1,
      1,
      'aliases of smaller values',
    ],
    ['extensions: *secret', 'AUTO', 1, 13, 'an alias of an earlier anchor'],
    [`extensions: ${'['.repeat(50_000)}`, 'AUTO', 1, 1_013, 'at most 100 nested objects and lists'],
  ] as const)('%j is told by line and column, without what stands there', (text, format, line, column, expected) => {
    let error: unknown
    try {
      readConfiguration(text, {}, format)
    } catch (thrown) {
      error = thrown
    }
    expect(error).toMatchObject({
      code: 'INVALID_INPUT',
      path: ['source', 'text'],
      details: { line, column },
      message: expect.stringMatching(new RegExp(`^line ${line}, column ${column}: expected .*${expected}`)),
    })
    expect(String(error)).not.toContain('secret')
    expect(error).not.toHaveProperty('cause')
  })
})
