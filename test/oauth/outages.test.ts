import { createRegistry } from '@toolyard/core'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { startTcpProxy } from '../fixtures/http/tcp-proxy.ts'
import { connect, echo, startConnected, startIssuers } from '../fixtures/oauth/connected.ts'
import { refreshes } from './one-renewal.ts'
import { expectRetryable, outages, outlast, runUntilWell } from './outages.ts'

afterEach(() => vi.useRealTimers())
const setClock = (aheadMs: number) => vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + aheadMs })

describe('an authorization server that fails for a while', () => {
  it.each(outages)('fails no run while the old token serves: %s', async (fault) => {
    await using connected = await startConnected()
    const { authorizationServer, registry, id } = connected
    setClock(3_570_000)
    authorizationServer.fault = fault
    for (let round = 0; round < 5; round++) {
      const runs = await Promise.all(Array.from({ length: 20 }, () => registry.tools.run(echo)))
      expect(runs.map(({ status }) => status)).toEqual(Array(20).fill('SUCCEEDED'))
    }
    const requests = refreshes(authorizationServer).length
    expect(requests).toBeGreaterThan(0)
    expect(requests).toBeLessThan(6)
    expect(await registry.servers.get(id)).toMatchObject({ status: 'READY', auth: { status: 'CONNECTED' } })
    authorizationServer.fault = null
  })

  it.each(outages)('fails runs with an expired token in time, and loses nothing: %s', async (fault) => {
    await using connected = await startConnected()
    setClock(3_601_000)
    const { requests } = await outlast(connected, fault, 2_000, 500)
    expect(requests).toBeGreaterThan(0)
    expect(requests).toBeLessThan(8)
  })

  it('loses nothing while its port is closed', async () => {
    await using issuers = await startIssuers()
    const { authorizationServer } = issuers
    await using proxy = await startTcpProxy(Number(new URL(authorizationServer.origin).port))
    authorizationServer.settings.metadata.tokenEndpoint = `http://127.0.0.1:${proxy.port}/token`
    await using registry = await createRegistry()
    await connect(registry, issuers)
    authorizationServer.expireAccessTokens()
    await proxy.cut()
    const run = await registry.tools.run(echo)
    expect(run.error).toMatchObject({ code: 'CONNECT_FAILED' })
    expectRetryable(run)
    await proxy.mend()
    expect((await runUntilWell(registry)).ms).toBeLessThan(5_000)
    expect(authorizationServer.countByGrant()).toEqual({ authorization_code: 1, refresh_token: 1 })
  })
})
