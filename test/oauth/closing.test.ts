import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRegistry } from '@toolyard/core'
import { sqliteStorage } from '@toolyard/core/sqlite'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { connect, echo, secretKey, startIssuers } from '../fixtures/oauth/connected.ts'
import { refreshes } from './one-renewal.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'toolyard-'))
})
afterAll(() => rm(folder, { recursive: true }))

const open = (name: string) => createRegistry({ storage: sqliteStorage({ path: join(folder, name) }), secretKey })

it('keeps an answer that comes while it closes', async () => {
  await using issuers = await startIssuers()
  const { authorizationServer } = issuers
  const closing = await open('answered.db')
  await connect(closing, issuers)
  authorizationServer.expireAccessTokens()
  const held = authorizationServer.holdToken()
  const run = closing.tools.run(echo)
  await held.issued
  const closed = closing.close()
  expect(await run).not.toMatchObject({ status: 'SUCCEEDED' })
  held.release()
  await closed
  await using reopened = await open('answered.db')
  expect(await reopened.tools.run(echo)).toMatchObject({ status: 'SUCCEEDED' })
  expect(refreshes(authorizationServer)).toHaveLength(1)
})

it('gives up a request that hangs, closes its socket, and keeps the refresh token', async () => {
  await using issuers = await startIssuers()
  const { authorizationServer } = issuers
  const closing = await open('hanging.db')
  await connect(closing, issuers)
  authorizationServer.expireAccessTokens()
  authorizationServer.fault = 'hang'
  const asked = authorizationServer.nextRequest('token')
  const run = closing.tools.run(echo)
  await asked
  await closing.close()
  expect(await run).not.toMatchObject({ status: 'SUCCEEDED' })
  expect(process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap')).toEqual([])
  authorizationServer.fault = null
  await using reopened = await open('hanging.db')
  expect(await reopened.tools.run(echo)).toMatchObject({ status: 'SUCCEEDED' })
  expect(authorizationServer.countByGrant()).toMatchObject({ authorization_code: 1 })
})
