import { expect, it } from 'vitest'
import { startLines } from './start-lines.ts'

const url = 'http://127.0.0.1:4000/graphql'
const settings = {
  console: true,
  onlyPersisted: false,
  database: { kind: 'SQLITE', path: 'toolyard.db' },
  secretKey: undefined,
  apiKeysPath: undefined,
} as const

it('say where the console and GraphiQL are, where the data is kept, and that no key is asked for', () => {
  expect(startLines(settings, url)).toEqual([
    'console    http://127.0.0.1:4000/',
    'GraphiQL   http://127.0.0.1:4000/graphql, in a browser',
    'database   sqlite:toolyard.db, and the key of its secrets in toolyard.db.key',
    'access     this machine only, without a key',
  ])
})

it('say what is off, how it is had, and who is let in', () => {
  const database = { kind: 'POSTGRES', url: 'postgres://me:hidden@db.example/toolyard' } as const
  const secretKey = [new Uint8Array(32)]
  const closed = { console: false, onlyPersisted: true, database, secretKey, apiKeysPath: 'keys.json' }
  expect(startLines(closed, url)).toEqual([
    'console    off, by TOOLYARD_CONSOLE or --console',
    'GraphiQL   off, as only persisted operations are executed',
    'database   postgres://me@db.example/toolyard',
    'access     callers with an API key of keys.json',
  ])
  expect(startLines({ ...settings, database: { kind: 'SQLITE', path: ':memory:' } }, url)[2]).toBe(
    'database   sqlite::memory:, which ends with this process',
  )
})
