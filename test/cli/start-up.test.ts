import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { createRegistry } from '@toolyard/core'
import { afterAll, beforeAll, expect, it } from 'vitest'
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

async function loadedBy(args: readonly string[]): Promise<readonly string[]> {
  const child = spawn(process.execPath, ['--import', hook, main, ...args], {
    env: { PATH: process.env.PATH },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const [stderr] = await Promise.all([text(child.stderr), once(child, 'close')])
  expect(child.exitCode).toBe(0)
  return stderr.split('\n')
}

// Of the library, small modules that import nothing large are no burden.
const heavy =
  /packages\/core\/dist\/(?!(?:tools\/hidden-text|budgets\/budget-table|nearest|input-issues|known-options|errors|json|exact-json|decimal)\.js)|node_modules\/(@modelcontextprotocol|kysely|pg|better-sqlite3|@pothos|graphql|graphql-yoga|pino)\//

it.each([{ args: ['--help'] }, { args: ['run', '--help'] }, { args: ['runs', '--json', '--url'] }])(
  '$args waits for neither the library nor a database to load',
  async ({ args }) => {
    const urls = await loadedBy(args.at(-1) === '--url' ? [...args, server.url] : args)
    expect(urls.filter((url) => heavy.test(url))).toEqual([])
    expect(urls.length).toBeGreaterThan(5)
  },
)
