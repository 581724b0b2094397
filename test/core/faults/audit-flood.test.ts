import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRegistry, type StorageAdapter } from '@toolyard/core'
import { sqliteStorage } from '@toolyard/core/sqlite'
import { createHandler } from '@toolyard/graphql'
import { expect, it } from 'vitest'

const attempts = 3_251

/** What is on record of refusals once the registry that refused is closed. */
async function recorded(storage: StorageAdapter) {
  await using registry = await createRegistry({ storage })
  const records = []
  for (const action of ['SERVER_DELETED', 'OPERATION'] as const) {
    const { edges, pageInfo } = await registry.audit.list({ first: 100, filter: { action: [action] } })
    expect(pageInfo.hasNextPage).toBe(false)
    records.push(...edges.map(({ node }) => node))
  }
  return records.map(({ action, actor, refusedWith, count }) => ({ action, actor, refusedWith, count }))
}

it('refused mutations without end are four records a minute of each kind', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'toolyard-'))
  const storage = sqliteStorage({ path: join(folder, 'registry.db') })
  const registry = await createRegistry({ storage })
  // Without a rate no request is held up.
  const handler = createHandler(registry)
  const ask = async (query: string) => {
    const headers = { 'content-type': 'application/json' }
    const body = JSON.stringify({ query })
    await (await handler(new Request('http://localhost/graphql', { method: 'POST', headers, body }))).text()
  }
  const mutation = (id: string) => `mutation { deleteMcpServer(input: { id: "${id}" }) { __typename } }`
  for (let n = 0; n < attempts; n += 1) await ask(mutation('mcps_none'))
  await registry.close()
  const kind = { action: 'SERVER_DELETED', actor: 'anonymous', refusedWith: 'NOT_FOUND' }
  expect(await recorded(storage)).toEqual([{ ...kind, count: attempts - 3 }, ...Array(3).fill({ ...kind, count: 1 })])
  await rm(folder, { recursive: true })
})

it('refused calls of the library are counted as well, whatever they name', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'toolyard-'))
  const storage = sqliteStorage({ path: join(folder, 'registry.db') })
  const registry = await createRegistry({ storage })
  for (let n = 0; n < attempts; n += 1) {
    const id = `mcps_${n.toString(16).padStart(32, '0')}`
    await expect(registry.servers.delete(id, { actor: 'a' })).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await registry.audit.record({ action: 'OPERATION', actor: `${n}`, refusedWith: 'FORBIDDEN', fields: ['toolRuns'] })
  }
  await registry.close()
  const records = await recorded(storage)
  expect(records.reduce((sum, { count }) => sum + count, 0)).toBe(2 * attempts)
  await rm(folder, { recursive: true })
})
