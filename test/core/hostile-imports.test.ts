import { inspect } from 'node:util'
import { createRegistry, type ImportFormat, type ImportInput, isRegistryError, type Registry } from '@toolyard/core'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { configurationFile } from '../fixtures/mcp/client-configurations.ts'
import { propertyRuns } from '../fixtures/property-runs.ts'

let registry: Registry
beforeAll(async () => {
  registry = await createRegistry()
})
afterAll(() => registry.close())

const files = [
  'claude-code.json',
  'cursor.json',
  'windsurf.json',
  'vscode.jsonc',
  'zed.jsonc',
  'codex.toml',
  'gemini.json',
  'server-package.json',
  'server-remote.json',
  'letta.json',
  'continue.yaml',
  'goose.yaml',
]
const texts = files.map(configurationFile)
const formats: readonly ImportFormat[] = [
  'AUTO',
  'MCP_SERVERS_JSON',
  'VSCODE_JSON',
  'ZED_JSON',
  'CODEX_TOML',
  'GEMINI_JSON',
  'SERVER_JSON',
  'LETTA_JSON',
  'CONTINUE_YAML',
  'GOOSE_YAML',
]

/** Everything that callers can see of it. A dry run starts and dials nothing. */
async function toldOf(input: ImportInput): Promise<string> {
  try {
    const { entries, requiredVariables } = await registry.servers.import({ ...input, dryRun: true })
    // A fault of ours would be one as well.
    expect(entries.filter(({ error }) => error?.code === 'INTERNAL')).toEqual([])
    return JSON.stringify({ entries, requiredVariables })
  } catch (error) {
    if (!isRegistryError(error) || error.code === 'INTERNAL') throw error
    return inspect(error, { depth: 20 })
  }
}

const format = fc.constantFrom(...formats)
const oddText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 100 }),
  fc.constantFrom(
    '__proto__',
    'constructor',
    '$\u007b',
    `\${A:-\${B}}`,
    '{{ x }}',
    '$',
    '\u0000',
    '\ud800',
    '{',
    '[[',
    '"',
  ),
)

/** A file of a client with something cut out of it, and something else put in. */
const brokenFile = fc
  .tuple(fc.constantFrom(...texts), fc.nat(2_000), fc.nat(60), oddText)
  .map(([text, at, length, inserted]) => {
    const start = at % text.length
    return text.slice(0, start) + inserted + text.slice(start + length)
  })

const keys = [
  ...['mcpServers', 'servers', 'inputs', 'context_servers', 'mcp_servers', 'server', 'server_name', 'config', 'name'],
  ...['command', 'args', 'env', 'url', 'httpUrl', 'serverUrl', 'headers', 'type', 'timeout', 'disabled', 'packages'],
  ...['remotes', 'registryType', 'identifier', 'packageArguments', 'environmentVariables', 'variables', 'value', 'id'],
  ...['mcp_server_type', 'server_url', 'auth_token', 'custom_headers', 'stdio_config', 'mcp', 'transport', 'default'],
]
const shaped = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 6, withCrossShrink: true },
    oddText,
    fc.constantFrom(null, true, 0, -1.5, 'stdio', 'http', 'npm', 'positional', 'x', 'http://a/'),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.oneof(fc.constantFrom(...keys), oddText), tie('value'), { maxKeys: 6 }),
  ),
}))

describe('whatever is imported', () => {
  it('as a text is taken, or refused with an error of the registry', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(brokenFile, oddText, fc.json()), format, async (text, of) => {
        await toldOf({ source: { text, format: of } })
      }),
      { numRuns: propertyRuns(600) },
    )
  })

  it('as JSON that looks as if it were a configuration is so as well', async () => {
    await fc.assert(
      fc.asyncProperty(shaped.value, async (json) => {
        await toldOf({ source: { json } })
      }),
      { numRuns: propertyRuns(600) },
    )
  })

  it('as JSON of another format than it is said to be is so as well', async () => {
    await fc.assert(
      fc.asyncProperty(shaped.value, format, async (json, of) => {
        await toldOf({ source: { text: JSON.stringify(json), format: of } })
      }),
      { numRuns: propertyRuns(600) },
    )
  })

  it('is never quoted where it may be a secret', async () => {
    const marker = 'canary+secret/7f3a'
    // Wherever clients have secrets, and where a value is of the wrong kind.
    const entry = fc.constantFrom(
      { command: 'x', env: { KEY: marker, OTHER: `\${A:-${marker}}`, THIRD: `a ${marker} \${B}` } },
      { command: 'x', env: { KEY: { nested: marker } } },
      { command: [marker], args: marker },
      { command: 'x', headers: marker, password: marker },
      { url: `http://me:${marker}@example.com/` },
      { url: [marker], headers: { 'X-Key': marker } },
      {
        type: 'http',
        url: 'http://example.com/',
        headers: { Authorization: `Bearer ${marker}`, X: `\${T:-${marker}}` },
      },
      { type: marker, url: 'http://example.com/' },
      { type: 'http', url: 'http://example.com/', headers: { X: `{{ y }} ${marker}` }, timeout: marker },
      { type: 'http', url: 'http://example.com/', headers: { X: `line\nbreak ${marker}` } },
      { httpUrl: marker, disabled: marker },
    )
    const document = fc
      .tuple(
        fc.constantFrom('mcpServers', 'servers', 'context_servers'),
        fc.array(entry, { minLength: 1, maxLength: 5 }),
      )
      .map(([key, entries]) =>
        JSON.stringify({ [key]: Object.fromEntries(entries.map((each, at) => [`s${at}`, each])) }),
      )
    const codex = fc.constantFrom(
      `[mcp_servers.a]\ncommand = "x"\nenv = { KEY = "${marker}" }\n`,
      `[mcp_servers.a]\nurl = "http://example.com/"\nbearer_token = "${marker}"\nhttp_headers = { X = "${marker}" }\n`,
      `[mcp_servers.a]\nurl = "http://example.com/"\nbearer_token = ${marker}\n`,
    )
    const letta = fc.constant(
      JSON.stringify([
        {
          server_name: 'a',
          config: {
            mcp_server_type: 'sse',
            server_url: 'http://a/',
            auth_token: `${marker} {{ X | ${marker} }}`,
            custom_headers: { 'X-Key': marker },
          },
        },
      ]),
    )
    const whole = fc.oneof(document, codex, letta)
    // Cut off anywhere, or with a character too many.
    const cut = fc.tuple(whole, fc.nat(2_000), fc.constantFrom('', '"', '}', ',', ' x')).map(([text, at, more]) => {
      const end = at % (text.length + 1)
      return text.slice(0, end) + more + (more === '' ? '' : text.slice(end))
    })
    await fc.assert(
      fc.asyncProperty(fc.oneof(whole, cut), format, async (text, of) => {
        expect(await toldOf({ source: { text, format: of } })).not.toContain(marker)
      }),
      { numRuns: propertyRuns(1_000) },
    )
  })

  it('in very many brackets or very long texts is refused at once', async () => {
    for (const text of [
      '['.repeat(500_000),
      '{"a":'.repeat(200_000),
      `a = ${'['.repeat(500_000)}`,
      '$\u007b'.repeat(500_000),
    ]) {
      for (const of of formats) await toldOf({ source: { text, format: of } })
    }
    const deep = JSON.parse(`${'{"mcpServers":'.repeat(3_000)}1${'}'.repeat(3_000)}`)
    expect(await toldOf({ source: { json: deep } })).toContain('INVALID_INPUT')
  })
})

describe('YAML, which takes long to parse,', () => {
  const extensions = (count: number) =>
    Array.from({ length: count }, (_, n) => [`s${n}`, { cmd: 'x'.repeat(80) }] as const)
  const yaml = (count: number) =>
    `extensions:\n${extensions(count)
      .map(([name, { cmd }]) => `  ${name}: {cmd: ${cmd}}\n`)
      .join('')}`

  it.each(['AUTO', 'GOOSE_YAML'] as const)('is taken up to 32 KiB, and refused beyond it, as %s', async (format) => {
    const { entries } = await registry.servers.import({ source: { text: yaml(300), format }, dryRun: true })
    expect(entries).toHaveLength(300)
    await expect(registry.servers.import({ source: { text: yaml(400), format }, dryRun: true })).rejects.toMatchObject({
      code: 'LIMIT_EXCEEDED',
      path: ['source', 'text'],
      message: expect.stringContaining('at most 32768 characters of YAML, got 3'),
    })
  })

  it('is not bounded so where it is JSON, nor refused where it only looks like JSON', async () => {
    const json = JSON.stringify({ extensions: Object.fromEntries(extensions(400)) })
    const all = await registry.servers.import({ source: { text: json, format: 'GOOSE_YAML' }, dryRun: true })
    expect(all.entries).toHaveLength(400)
    const flow = await registry.servers.import({
      source: { text: '{extensions: {a: {cmd: x}}}', format: 'GOOSE_YAML' },
      dryRun: true,
    })
    expect(flow.entries).toMatchObject([{ name: 'a' }])
  })

  it.each([
    ['a name twice', 'extensions:\n  a: {cmd: x}\n  "a": {cmd: y}\n', 'line 3, column 3: expected each name once'],
    [
      'an alias before its anchor',
      'extensions:\n  a: *x\n  b: &x {cmd: y}\n',
      'line 2, column 6: expected an alias of an earlier anchor',
    ],
    [
      '101 aliases',
      `x: &x {cmd: y}\nextensions:\n${Array.from({ length: 101 }, (_, n) => `  s${n}: *x\n`).join('')}`,
      'at most 100 aliases',
    ],
  ])('is refused with line and column: %s', async (_, text, message) => {
    await expect(
      registry.servers.import({ source: { text, format: 'GOOSE_YAML' }, dryRun: true }),
    ).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringContaining(message),
    })
  })
})
