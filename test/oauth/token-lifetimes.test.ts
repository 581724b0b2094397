import { createRegistry } from '@toolyard/core'
import { afterEach, expect, it, vi } from 'vitest'
import {
  authStatus,
  type Connected,
  connect,
  consent,
  echo,
  startConnected,
  startIssuers,
} from '../fixtures/oauth/connected.ts'
import { refreshes } from './one-renewal.ts'

const startedAt = Date.now()
const setClock = (aheadMs: number) => vi.useFakeTimers({ toFake: ['Date'], now: startedAt + aheadMs })
afterEach(() => vi.useRealTimers())

async function runs({ registry }: Connected, times: number): Promise<void> {
  for (let n = 0; n < times; n++) expect(await registry.tools.run(echo)).toMatchObject({ status: 'SUCCEEDED' })
}

it('renews within the last minute of a token, which serves meanwhile', async () => {
  setClock(0)
  await using connected = await startConnected()
  const { authorizationServer, server } = connected
  const [old] = authorizationServer.issuedTokens
  setClock(3_530_000)
  await runs(connected, 3)
  expect(refreshes(authorizationServer)).toEqual([])
  setClock(3_545_000)
  const held = authorizationServer.holdToken()
  await runs(connected, 3)
  await held.issued
  await runs(connected, 3)
  expect(server.calls().at(-1)?.token?.value).toBe(old?.value)
  held.release()
  await expect
    .poll(async () => {
      await runs(connected, 1)
      return server.calls().at(-1)?.token?.value
    })
    .not.toBe(old?.value)
  expect(refreshes(authorizationServer)).toHaveLength(1)
  expect(server.refusals(401).filter(({ token }) => token)).toEqual([])
})

it.each([
  ['none', undefined],
  ['0', 0],
  ['a negative one', -5],
  ['one of less than a second', 0.000_1],
  ['a huge one', 1e308],
  ['an endless one', '1e400'],
  ['words', 'soon'],
  ['null', null],
  ['a number in a text', '3600'],
  ['5 s', 5],
  ['1 s', 1],
])('does not renew without an end a token whose lifetime is %s', async (_, lifetime) => {
  await using connected = await startConnected()
  const { authorizationServer, registry, id } = connected
  authorizationServer.onToken = ({ body }) => void Object.assign(body, { expires_in: lifetime })
  authorizationServer.expireAccessTokens()
  const from = performance.now()
  await runs(connected, 30)
  const seconds = (performance.now() - from) / 1_000
  // The first renewal is that of the refused token.
  const most = lifetime === 1 || lifetime === 5 ? 2 + Math.ceil((1.25 * seconds) / lifetime) : 1
  expect(refreshes(authorizationServer).length).toBeLessThanOrEqual(most)
  expect(await authStatus(registry, id)).toMatch(/^(?:CONNECTED|EXPIRED)$/)
  const { auth } = JSON.parse(JSON.stringify(await registry.servers.get(id)))
  expect(auth.expiresAt === null || Number.isFinite(Date.parse(auth.expiresAt))).toBe(true)
})

it('keeps tokens whose answer has members that cannot be read', async () => {
  await using connected = await startConnected()
  const { authorizationServer, registry, id } = connected
  authorizationServer.onToken = ({ body }) => void Object.assign(body, { scope: null, id_token: 7 })
  authorizationServer.expireAccessTokens()
  await runs(connected, 3)
  expect(refreshes(authorizationServer)).toHaveLength(1)
  expect(await registry.servers.get(id)).toMatchObject({ auth: { status: 'CONNECTED', scopes: ['tools:call'] } })
})

it('proves possession of the new key after the owner has connected anew', async () => {
  const required = { required: true, nonce: true }
  await using issuers = await startIssuers({ dpop: required }, { dpop: required })
  await using registry = await createRegistry()
  const id = await connect(registry, issuers, { dpop: true })
  await consent(registry, id)
  expect(await registry.tools.run(echo)).toMatchObject({ status: 'SUCCEEDED' })
  issuers.authorizationServer.expireAccessTokens()
  expect(await registry.tools.run(echo)).toMatchObject({ status: 'SUCCEEDED' })
})

it('says that its owner has to look if each new token is refused, and stops asking', async () => {
  await using connected = await startConnected()
  const { authorizationServer, registry } = connected
  authorizationServer.settings.accessTokenLifetimeSec = 0
  authorizationServer.expireAccessTokens()
  for (let n = 0; n < 20; n++) {
    const { error } = await registry.tools.run(echo)
    expect(error).toMatchObject({ code: 'AUTH_REQUIRED', message: expect.stringContaining('has just issued') })
  }
  expect(refreshes(authorizationServer)).toHaveLength(1)
})

it('renews once at most however the clock jumps', async () => {
  setClock(0)
  await using connected = await startConnected()
  const { authorizationServer, registry } = connected
  for (const aheadMs of [-7_200_000, 0, -86_400_000, 1_000_000]) {
    setClock(aheadMs)
    await runs(connected, 3)
  }
  expect(refreshes(authorizationServer)).toEqual([])
  setClock(7_200_000)
  await runs(connected, 3)
  expect(refreshes(authorizationServer)).toHaveLength(1)
  setClock(0)
  await runs(connected, 3)
  expect(refreshes(authorizationServer)).toHaveLength(1)
  authorizationServer.expireAccessTokens()
  await Promise.all(Array.from({ length: 20 }, () => registry.tools.run(echo)))
  expect(refreshes(authorizationServer)).toHaveLength(2)
})
