import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sqliteStorage } from '@toolyard/core/sqlite'
import { expect, it } from 'vitest'
import { twoTenantsStayApart } from '../core/two-tenants.ts'
import { counted, inForm } from './form.ts'

const rounds = inForm(20, 8)
const operations = 500

it(`two tenants stay apart in ${counted(rounds * operations)} random operations on one database`, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'toolyard-'))
  let files = 0
  await twoTenantsStayApart(() => sqliteStorage({ path: join(folder, `${files++}.db`) }), {
    rounds,
    operations,
  })
  expect(files).toBe(rounds)
  await rm(folder, { recursive: true })
})
