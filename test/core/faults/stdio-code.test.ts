import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { createRegistry, type ServerConfigInput, type StdioOptions } from '@toolyard/core'
import { sqliteStorage } from '@toolyard/core/sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

let folder: string
let tool: string
const at = (...names: readonly string[]) => join(folder, ...names)

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'toolyard-'))
  // What the operator allows: a script like those that npm installs.
  tool = at('tool.js')
  await writeFile(tool, "#!/usr/bin/env node\nimport('left-pad').catch(() => undefined)\n", { mode: 0o755 })
  // What a tenant has put somewhere, as by the server of a file system.
  const ran = `require('node:fs').writeFileSync(${JSON.stringify(at('ran'))}, '')`
  await mkdir(at('evil', 'node_modules', 'left-pad'), { recursive: true })
  await writeFile(at('evil', 'node_modules', 'left-pad', 'index.js'), ran)
  await writeFile(at('evil', 'code.cjs'), ran)
  await writeFile(at('evil', 'node'), `#!/bin/sh\ntouch ${at('ran')}\n`, { mode: 0o755 })
  await writeFile(at('evil', 'sitecustomize.py'), `open(${JSON.stringify(at('ran'))}, 'w')`)
})
afterEach(() => rm(folder, { recursive: true }))

const hasPython = existsSync('/usr/bin/python3')
const python = '/usr/bin/python3'
type Stdio = Omit<Extract<ServerConfigInput, { readonly transport: 'stdio' }>, 'transport'>

interface Attack {
  readonly config: () => Stdio
  /** Allowed beside the defaults of restricted commands. */
  readonly stdio?: () => StdioOptions
  readonly refused: object
}
const inEnv = (name: string) => ({ code: 'INVALID_INPUT', path: ['config', 'env', name] })

const attacks: Readonly<Record<string, Attack>> = {
  'PATH of a script that asks env for its interpreter': {
    config: () => ({ command: tool, env: { PATH: at('evil') } }),
    refused: inEnv('PATH'),
  },
  'PATH where all variables are allowed': {
    config: () => ({ command: tool, env: { PATH: `${at('evil')}${delimiter}${process.env.PATH}` } }),
    stdio: () => ({ allowEnv: ['*', 'PATH'] }),
    refused: inEnv('PATH'),
  },
  NODE_OPTIONS: {
    config: () => ({ command: tool, env: { NODE_OPTIONS: `--require ${at('evil', 'code.cjs')}` } }),
    refused: inEnv('NODE_OPTIONS'),
  },
  'NODE_OPTIONS out of a template': {
    config: () => ({ command: tool, env: { NODE_OPTIONS: '{{ A }}' } }),
    refused: inEnv('NODE_OPTIONS'),
  },
  PYTHONPATH: {
    config: () => ({ command: python, args: ['-c', ''], env: { PYTHONPATH: at('evil') } }),
    refused: inEnv('PYTHONPATH'),
  },
  'a variable of another command': {
    config: () => ({ command: python, args: ['-c', ''], env: { PYTHONPATH: at('evil') } }),
    stdio: () => ({ allowEnv: ['tool.js:*', `${python}:API_*`] }),
    refused: inEnv('PYTHONPATH'),
  },
  'the folder that it runs in': {
    config: () => ({ command: python, args: ['-c', 'import sitecustomize'], cwd: at('evil') }),
    refused: { code: 'INVALID_INPUT', path: ['config', 'cwd'] },
  },
}

describe.each(Object.entries(attacks))('where commands are restricted, %s', (_, { config, stdio, refused }) => {
  const restricted = (): StdioOptions => ({ commands: [tool, ...(hasPython ? [python] : ['python3'])], ...stdio?.() })
  const skip = (given: Stdio) => given.command === python && !hasPython

  it('runs no code, and is refused when it is stored and when it is imported', async (context) => {
    if (skip(config())) context.skip()
    await using registry = await createRegistry({ stdio: restricted() })
    const given = { transport: 'stdio' as const, ...config() }
    await expect(registry.servers.create({ name: 'a', config: given })).rejects.toMatchObject(refused)
    const plain = { transport: 'stdio' as const, command: given.command }
    const { id } = await registry.servers.create({ name: 'b', config: plain, refresh: false })
    await expect(
      registry.servers.update(id, { config: { transport: 'replace', config: given } }),
    ).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    const text = JSON.stringify({ mcpServers: { c: config() } })
    const source = { text, format: 'MCP_SERVERS_JSON' as const }
    const report = await registry.servers.import({ source, variables: { A: 'x' } })
    expect(report.entries).toMatchObject([{ outcome: 'FAILED', error: { code: 'INVALID_INPUT' } }])
    expect(existsSync(at('ran'))).toBe(false)
  })

  it('runs no code where it was stored before', async (context) => {
    if (skip(config())) context.skip()
    const storage = sqliteStorage({ path: at('registry.db') })
    const given = { transport: 'stdio' as const, ...config() }
    const open = await createRegistry({ storage })
    const { id } = await open.servers.create({ name: 'a', config: given, refresh: false })
    await open.close()
    await using registry = await createRegistry({ storage, stdio: restricted() })
    const job = await registry.servers.refresh(id, { variables: { A: `--require ${at('evil', 'code.cjs')}` } })
    await expect(job.result()).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    expect(existsSync(at('ran'))).toBe(false)
  })
})

it('the attacks run code where any command may be run', { skip: process.platform === 'win32' }, () => {
  const env = { PATH: `${at('evil')}${delimiter}/usr/bin${delimiter}/bin` }
  execFileSync(tool, { env })
  expect(existsSync(at('ran'))).toBe(true)
})

it('a folder that a server runs in is not searched for the interpreter of a script', async () => {
  const former = process.env.PATH
  process.env.PATH = ['', '.', dirname(process.execPath), '/usr/bin', '/bin'].join(delimiter)
  try {
    await using registry = await createRegistry({ stdio: { commands: [tool], allowCwd: [folder] } })
    const config = { transport: 'stdio' as const, command: tool, cwd: at('evil') }
    const { id } = await registry.servers.create({ name: 'a', config, refresh: false })
    await expect((await registry.servers.refresh(id)).result()).rejects.toMatchObject({ code: 'CONNECT_FAILED' })
    expect(existsSync(at('ran'))).toBe(false)
  } finally {
    process.env.PATH = former
  }
})
