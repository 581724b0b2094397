import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { toolyard } from '../fixtures/process/command-line.ts'

const token = 'a-token-of-some-length-1234'
const configuration = `{
  // Comments are kept out of the way.
  "mcpServers": {
    "files": { "command": "no-such-command", "args": ["-y"], "env": { "ROOT": "\${ROOT:-/tmp}", "KEY": "\${FILES_KEY}" } },
    "web": { "type": "http", "url": "http://127.0.0.1:9/mcp", "headers": { "Authorization": "Bearer ${token}" } },
    "broken": { "type": "http" },
  },
}`

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'toolyard-import-'))
  await writeFile(join(folder, 'mcp.json'), configuration)
  await writeFile(join(folder, 'torn.json'), '{\n  "mcpServers": {\n    "a": { "command": "secret" "x" }\n  }\n}')
  await mkdir(join(folder, 'home', '.cursor'), { recursive: true })
  const ofCursor = '{ "mcpServers": { "cursors": { "command": "no-such-command" } } }'
  await writeFile(join(folder, 'home', '.cursor', 'mcp.json'), ofCursor)
})
afterAll(() => rm(folder, { recursive: true }))

function over(database: string, env: NodeJS.ProcessEnv = {}) {
  const place = { TOOLYARD_DATABASE_URL: `sqlite:${join(folder, database)}`, HOME: join(folder, 'empty'), ...env }
  return {
    toolyard: (...args: readonly string[]) => toolyard(args, place),
    withInput: (input: string, ...args: readonly string[]) => toolyard(args, place, input),
    names: async () => {
      const { stdout } = await toolyard(['list', '--json'], place)
      const servers: readonly { readonly name: string }[] = JSON.parse(stdout)
      return servers.map(({ name }) => name)
    },
  }
}

describe('toolyard import', () => {
  it('tells in a dry run what would come of it, and changes nothing', async () => {
    const { toolyard, names } = over('dry.db')
    const { code, stdout } = await toolyard('import', join(folder, 'mcp.json'), '--dry-run')
    expect(code).toBe(1)
    expect(stdout).toMatch(/files: would be created$/m)
    expect(stdout).toMatch(/web: would be created$/m)
    expect(stdout).toMatch(/broken: failed: needs one of: /)
    expect(stdout).toMatch(/^ {2}FILES_KEY$/m)
    expect(stdout).not.toContain('ROOT')
    expect(await names()).toEqual([])
  })

  it('imports what it can, and names what is missing', async () => {
    const { toolyard, names } = over('some.db')
    const { code, stdout, stderr } = await toolyard('import', join(folder, 'mcp.json'), '--no-refresh')
    expect(code).toBe(1)
    expect(stdout).toMatch(/files: failed: .*FILES_KEY/)
    expect(await names()).toEqual(['web'])
    expect(`${stdout}${stderr}`).not.toContain(token)
  })

  it('fills variables by flags and from the environment, and follows what a name is taken by', async () => {
    const { toolyard, names } = over('variables.db', { FILES_KEY: 'from-the-environment' })
    const file = join(folder, 'mcp.json')
    const given = await toolyard('import', file, '--var', 'FILES_KEY=@env:OTHER', '--no-refresh', '--json')
    expect(JSON.parse(given.stdout)).toMatchObject([
      {
        detectedFormat: 'MCP_SERVERS_JSON',
        entries: [{ outcome: 'CREATED' }, { outcome: 'CREATED' }, { outcome: 'FAILED' }],
      },
    ])
    const again = await toolyard('import', file, '--var-env', '--no-refresh', '--on-conflict', 'rename')
    expect(again.stdout).toMatch(/files-2: created/)
    expect((await toolyard('import', file, '--no-refresh')).stdout).toMatch(/web: skipped, as the name exists/)
    expect(await names()).toEqual(['files', 'files-2', 'web', 'web-2'])
    const env = JSON.parse((await toolyard('get', 'files', '--json')).stdout).env
    expect(env).toMatchObject([{ name: 'ROOT' }, { name: 'KEY', source: 'ENV', reference: 'OTHER' }])
  })

  it('waits for the tools of new servers, and says where there are none', async () => {
    const { withInput, toolyard } = over('refreshed.db')
    const { code, stderr } = await withInput(
      '{ "mcpServers": { "gone": { "command": "no-such-command" } } }',
      'import',
      '-',
    )
    expect(code).toBe(0)
    expect(stderr).toContain('The tools of gone could not be read')
    expect(JSON.parse((await toolyard('get', 'gone', '--json')).stdout).status).toBe('ERROR')
  })

  it('finds the files of the clients on this machine', async () => {
    const { toolyard, names } = over('auto.db', { HOME: join(folder, 'home') })
    const { code, stdout } = await toolyard('import', '--from', 'auto', '--no-refresh')
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/^Cursor.*mcp\.json/) })
    expect(await names()).toEqual(['cursors'])
    expect(await over('none.db').toolyard('import', '--from', 'auto')).toMatchObject({ code: 2 })
  })

  it('takes each file that it finds on its own: one that is broken does not stop the others, of a large one only the servers count', async () => {
    const home = join(folder, 'several')
    const files = {
      '.cursor/mcp.json': '{ "mcpServers": { "torn": { "command": "secret" "x" } } }',
      '.claude.json': JSON.stringify({
        history: Array.from({ length: 20_000 }, (_, n) => `what was said ${n} `.repeat(5)),
        mcpServers: { claudes: { command: 'no-such-command' } },
      }),
      '.lmstudio/mcp.json': '{ "mcpServers": { "studios": { "command": "no-such-command", "timeout": 60 } } }',
      '.config/goose/config.yaml': 'extensions:\n  gooses: { type: stdio, name: g, cmd: no-such-command, args: [] }\n',
      '.continue/config.yaml': 'name: c\nmcpServers:\n  - name: continues\n    command: no-such-command\n',
      '.config/Code/User/globalStorage/saoudrizwan.claude-dev/settings/cline_mcp_settings.json':
        '{ "mcpServers": { "clines": { "command": "no-such-command", "disabled": true } } }',
    }
    for (const [path, text] of Object.entries(files)) {
      await mkdir(join(home, path, '..'), { recursive: true })
      await writeFile(join(home, path), text)
    }
    expect(Buffer.byteLength(files['.claude.json'])).toBeGreaterThan(1_400_000)
    const { toolyard, names } = over('several.db', { HOME: home, XDG_CONFIG_HOME: '' })
    const { code, stdout } = await toolyard('import', '--from', 'auto', '--no-refresh')
    expect(code).toBe(1)
    expect(stdout).toMatch(/^Cursor: .*mcp\.json: failed: line 1, column 49: expected a comma/m)
    expect(stdout).not.toContain('secret')
    expect(stdout).toContain('timeout: 60 was read as seconds')
    expect(await names()).toEqual(['claudes', 'clines', 'continues', 'gooses', 'studios'])
    const studios = JSON.parse((await toolyard('get', 'studios', '--json')).stdout)
    expect(studios.timeouts).toMatchObject({ requestMs: 60_000 })
    const all = await toolyard('import', '--from', 'auto', '--no-refresh', '--json')
    expect(JSON.parse(all.stdout)).toContainEqual({
      source: expect.stringMatching(/^Cursor: /),
      error: expect.stringMatching(/^line 1/),
    })
  })

  it('imports a large file that is named as well, and says what is wrong with one', async () => {
    const large = join(folder, 'large.json')
    const history = 'x'.repeat(1_500_000)
    await writeFile(large, JSON.stringify({ history, mcpServers: { large: { command: 'no-such-command' } } }))
    const { toolyard, names } = over('large.db')
    expect(await toolyard('import', large, '--no-refresh')).toMatchObject({ code: 0 })
    expect(await names()).toEqual(['large'])
    await writeFile(large, `{ "history": "${history}",\n "mcpServers": { "a" } }`)
    const { code, stderr } = await toolyard('import', large, '--no-refresh')
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringContaining(`${large}: line 2, column 22: expected a colon`),
    })
  })

  it('imports nothing at all where one file is broken, and tells the place in it', async () => {
    const { toolyard, names } = over('torn.db')
    const torn = join(folder, 'torn.json')
    const { code, stdout, stderr } = await toolyard('import', join(folder, 'mcp.json'), torn, '--no-refresh')
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain(`${torn}: line 3, column`)
    expect(stderr).not.toContain('secret')
    expect(await names()).toEqual([])
  })

  it.each([
    [['import'], 'expected a file to import'],
    [['import', 'nowhere.json'], 'nowhere.json: there is no such file'],
    [['import', 'x', '--format', 'yaml'], '--format is "yaml", takes auto, mcp-servers-json'],
    [['import', '--from', 'mars'], '--from is "mars", takes auto'],
    [['import', 'x', '--on-conflict', 'ask'], '--on-conflict is "ask", takes skip, overwrite, rename'],
    [['export'], "required option '--format <format>' not specified"],
    [['export', '--format', 'auto'], '--format is "auto", takes mcp-servers-json'],
  ])('refuses %j', async (args, message) => {
    const { code, stderr } = await over('refused.db').toolyard(...args)
    expect(code).toBe(2)
    expect(stderr).toContain(message)
  })
})

describe('toolyard export', () => {
  it('writes what another client reads, and what import takes again, with no secret in it', async () => {
    const { toolyard } = over('export.db')
    await toolyard('import', join(folder, 'mcp.json'), '--var', 'FILES_KEY=a-key-of-some-length-5678', '--no-refresh')
    const printed = await toolyard('export', '--format', 'mcp-servers-json')
    expect(printed.code).toBe(0)
    expect(printed.stderr).toMatch(/^Variables to fill in: /m)
    expect(Object.keys(JSON.parse(printed.stdout).mcpServers)).toEqual(['files', 'web'])
    expect(printed.stdout).not.toMatch(/a-token-of|a-key-of/)
    const out = join(folder, 'exported.toml')
    expect(await toolyard('export', '--format', 'codex-toml', '--out', out)).toMatchObject({ code: 0, stdout: '' })
    expect(await readFile(out, 'utf8')).toContain('[mcp_servers.files]')
    expect((await toolyard('export', '--format', 'codex-toml', '--out', out)).stderr).toContain('it already exists')
    const { stdout } = await over('back.db').toolyard('import', out, '--dry-run')
    expect(stdout).toMatch(/\(codex-toml\)\n {2}files: would be created\n {2}web: would be created/)
  })
})
