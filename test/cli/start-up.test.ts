import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { createRegistry } from '@toolyard/core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { RunningServer } from '../../packages/toolyard/src/server/start-server.ts'
import { serveRegistry } from '../fixtures/http/serve-registry.ts'

const main = fileURLToPath(new URL('../../packages/toolyard/bin/toolyard.js', import.meta.url))

let server: RunningServer
beforeAll(async () => {
  server = await serveRegistry(await createRegistry())
})
afterAll(() => server.close())

/** Writes the URL of each module that is loaded to stderr. */
const hook = `data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from 'node:module'
  const urls = []
  registerHooks({ load(url, context, next) { urls.push(url); return next(url, context) } })
  process.on('exit', () => process.stderr.write(urls.join('\\n')))
`)}`

/** The files that a command loads. */
async function loadedBy(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<readonly string[]> {
  const child = spawn(process.execPath, ['--import', hook, main, ...args], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const [stderr] = await Promise.all([text(child.stderr), once(child, 'close')])
  expect(child.exitCode).toBe(0)
  const urls = stderr.split('\n').filter((url) => url.startsWith('file:'))
  return urls.map((url) => fileURLToPath(url))
}

/** The sources that a file of the bundle is made of; a file that is not bundled is its own. */
function sourcesOf(path: string): readonly string[] {
  if (!existsSync(`${path}.map`)) return [path]
  const { sources }: { readonly sources: readonly string[] } = JSON.parse(readFileSync(`${path}.map`, 'utf8'))
  return sources
}

// Of the library, small modules that import nothing large are no burden.
const small =
  '(?:base/(?:hidden-text|nearest|known-options|errors|json|exact-json|decimal)|budgets/budget-table|config-files/formats/only-servers)'
const heavy = new RegExp(
  `core/src/(?!${small}\\.ts$)|node_modules/(?:@modelcontextprotocol|kysely|pg|better-sqlite3|@pothos|graphql|graphql-yoga|pino|undici|zod)/`,
)

it.each([{ args: ['--help'] }, { args: ['run', '--help'] }, { args: ['runs', '--json', '--url'] }])(
  '$args loads few files, and neither the library nor a database',
  async ({ args }) => {
    const files = await loadedBy(args.at(-1) === '--url' ? [...args, server.url] : args)
    expect(files.length).toBeGreaterThan(2)
    expect(files.length).toBeLessThan(10)
    const sources = files.flatMap(sourcesOf)
    expect(sources.length).toBeGreaterThan(30)
    expect(sources.filter((source) => heavy.test(source))).toEqual([])
  },
)

describe('compiled code', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'toolyard-start-up-'))
  })
  afterEach(() => rm(folder, { recursive: true }))
  const kept = join('toolyard', 'compiled')
  const isKept = (below: string) => existsSync(join(below, kept)) && readdirSync(join(below, kept)).length > 0

  it('is kept in the cache folder of the user, which other users cannot read', async () => {
    await chmod(folder, 0o700)
    await loadedBy(['--help'], { XDG_CACHE_HOME: folder })
    expect(isKept(folder)).toBe(true)
    expect((await stat(join(folder, 'toolyard'))).mode & 0o077).toBe(0)
  })

  it('is not kept in a folder to which other users may write', async () => {
    const shared = join(folder, 'shared')
    await mkdir(shared)
    await chmod(shared, 0o777)
    await loadedBy(['--help'], { XDG_CACHE_HOME: shared })
    expect(isKept(shared)).toBe(false)
  })

  it('is not kept if NODE_DISABLE_COMPILE_CACHE is set', async () => {
    await loadedBy(['--help'], { XDG_CACHE_HOME: folder, NODE_DISABLE_COMPILE_CACHE: '1' })
    expect(isKept(folder)).toBe(false)
  })
})
