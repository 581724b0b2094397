import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { memoryStorage } from '@toolyard/core'
import { sqliteStorage } from '@toolyard/core/sqlite'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { echo, startConnected } from '../fixtures/oauth/connected.ts'
import { renewOnce, waysToEnd } from './one-renewal.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'toolyard-'))
})
afterEach(() => vi.useRealTimers())
afterAll(() => rm(folder, { recursive: true }))

const storages = {
  memory: () => memoryStorage(),
  SQLite: (name: string) => sqliteStorage({ path: join(folder, `${name}.db`) }),
} as const

describe.each(['memory', 'SQLite'] as const)('on %s, 200 runs at once', (kind) => {
  it.each(waysToEnd)('renew a token that is %s once', async (way) => {
    await using connected = await startConnected({ storage: storages[kind](way) })
    const { authorizationServer, registry, id } = connected
    if (way === 'expired') vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3_601_000 })
    else authorizationServer.expireAccessTokens()
    await renewOnce(authorizationServer, (n) => registry.tools.run(echo, { n }))
    expect(await registry.servers.get(id)).toMatchObject({ status: 'READY', auth: { status: 'CONNECTED' } })
    expect(authorizationServer.countByGrant()).toEqual({ authorization_code: 1, refresh_token: 1 })
  })
})
