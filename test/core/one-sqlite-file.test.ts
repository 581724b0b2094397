import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sqliteStorage } from '@toolyard/core/sqlite'
import { afterAll, beforeAll, describe } from 'vitest'
import { describeRegistriesOnOneDatabase } from './one-database.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'toolyard-'))
})
afterAll(() => rm(folder, { recursive: true }))

let databases = 0
describe('two registries on one SQLite file', () =>
  describeRegistriesOnOneDatabase(async () => {
    const path = join(folder, `${databases++}.db`)
    return () => sqliteStorage({ path })
  }))
