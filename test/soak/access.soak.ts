import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { stat } from 'node:fs/promises'
import { Agent, request } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { createRegistry } from '@toolyard/core'
import { sqliteStorage } from '@toolyard/core/sqlite'
import { expect, it } from 'vitest'
import { addKey } from '../fixtures/process/api-keys.ts'
import { toolyard } from '../fixtures/process/command-line.ts'
import { startPrograms } from '../fixtures/process/serving.ts'
import { counted, inForm } from './form.ts'

const run = promisify(execFile)
const keys = inForm(10, 4)
const attempts = inForm(30_000, 5_000)

function connectTo(url: string) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  async function ask(key: string, query: string) {
    const body = JSON.stringify({ query })
    const headers = {
      authorization: `Bearer ${key}`,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
    }
    const [response] = await once(request(url, { agent, method: 'POST', headers }).end(body), 'response')
    return { status: response.statusCode, text: await text(response) }
  }
  return { ask, [Symbol.dispose]: () => agent.destroy() }
}

it.skipIf(process.platform !== 'linux')(
  `${keys} keys that are revoked without a free descriptor end within 5 s each`,
  async () => {
    await using programs = await startPrograms()
    const file = join(programs.folder, 'keys.json')
    await addKey(file, 'read')
    const { url, child } = await programs.serve(['--api-keys', file])
    const limit = (count: number) => run('prlimit', ['--pid', String(child.pid), `--nofile=${count}:`])
    for (let round = 0; round < keys; round += 1) {
      const { id, key } = await addKey(file, 'read')
      using connection = connectTo(url)
      const status = async () => (await connection.ask(key, '{ __typename }')).status
      while ((await status()) !== 200) await new Promise((resolve) => setTimeout(resolve, 50))
      await limit(0)
      await toolyard(['keys', 'revoke', id, '--file', file])
      const revokedAt = performance.now()
      while ((await status()) !== 401) await new Promise((resolve) => setTimeout(resolve, 50))
      expect(performance.now() - revokedAt).toBeLessThan(5_000)
      await limit(1_024)
    }
  },
)

it(`${counted(attempts)} refused mutations are a handful of records, and no growth of the database`, async () => {
  await using programs = await startPrograms()
  const file = join(programs.folder, 'keys.json')
  const path = join(programs.folder, 'registry.db')
  const { key } = await addKey(file, 'read,write')
  const { url, child, exit } = await programs.serve([
    ...['--api-keys', file, '--database-url', `sqlite:${path}`],
    ...['--rate', 'none', '--log-level', 'error'],
  ])
  using connection = connectTo(url)
  for (let asked = 0; asked < attempts; asked += 1) {
    const id = `mcps_${asked.toString(16).padStart(32, '0')}`
    const { status } = await connection.ask(key, `mutation { deleteMcpServer(input: { id: "${id}" }) { __typename } }`)
    expect(status).toBe(200)
  }
  child.kill('SIGTERM')
  await exit
  await using registry = await createRegistry({ storage: sqliteStorage({ path }) })
  expect(await registry.audit.count({ refused: true })).toBeLessThan(500)
  expect((await stat(path)).size).toBeLessThan(1024 * 1024)
})
