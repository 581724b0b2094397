import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sqliteStorage } from '@toolyard/core/sqlite'
import { expect, it } from 'vitest'
import { twoTenantsStayApart } from '../core/two-tenants.ts'

it('two tenants stay apart in 10,000 random operations on one database', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'toolyard-'))
  let files = 0
  await twoTenantsStayApart(() => sqliteStorage({ path: join(folder, `${files++}.db`) }), {
    rounds: 20,
    operations: 500,
  })
  expect(files).toBe(20)
  await rm(folder, { recursive: true })
})
