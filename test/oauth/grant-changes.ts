import { createRegistry } from '@toolyard/core'
import { expect, it } from 'vitest'
import type { StorageAdapter } from '../../packages/core/src/storage/storage.ts'
import { authStatus, connect, consent, echo, secretKey, startIssuers } from '../fixtures/oauth/connected.ts'

/** What a registry does once another one on its database has changed a grant. */
export function describeGrantChanges(start: () => Promise<() => StorageAdapter>): void {
  async function startTwo() {
    const storage = await start()
    const issuers = await startIssuers()
    const open = () => createRegistry({ storage: storage(), secretKey })
    const [one, other] = [await open(), await open()]
    const id = await connect(one, issuers)
    await expect.poll(() => other.tools.count()).toBe(3)
    expect(await other.tools.run(echo)).toMatchObject({ status: 'SUCCEEDED' })
    return {
      ...issuers,
      one,
      other,
      id,
      async [Symbol.asyncDispose]() {
        await Promise.all([one.close(), other.close()])
        await issuers[Symbol.asyncDispose]()
      },
    }
  }

  it('it uses the tokens of the new identity, and retires the sessions of the old one', async () => {
    await using two = await startTwo()
    const { one, other, id, server, authorizationServer } = two
    authorizationServer.settings.authorize.subject = 'bob'
    await consent(one, id)
    const whoami = async () => {
      const { result } = await other.tools.run({ server: 'a', tool: 'whoami' })
      const said = result?.funcReturn
      return typeof said === 'string' ? said : JSON.stringify(said)
    }
    await expect.poll(whoami, { timeout: 2_000 }).toContain('bob')
    // The next run is on a session that bob began.
    await expect.poll(() => other.stats().sessions).toBe(0)
    const before = server.requests.length
    await whoami()
    const later = server.requests.slice(before)
    expect(later.map(({ method }) => method)).toContain('initialize')
    expect(new Set(later.map(({ token }) => token?.subject))).toEqual(new Set(['bob']))
  })

  it('it sends no token after the owner has disconnected', async () => {
    await using two = await startTwo()
    const { one, other, id, server } = two
    await one.servers.disconnectAuth(id)
    // Also before it is notified: the tokens are revoked, and the server refuses them.
    expect((await other.tools.run(echo)).error).toMatchObject({ code: 'AUTH_REQUIRED' })
    expect(await authStatus(other, id)).toBe('NOT_CONNECTED')
    const before = server.requests.length
    expect((await other.tools.run(echo)).error).toMatchObject({ code: 'AUTH_REQUIRED' })
    expect(server.requests.slice(before).filter(({ authorization }) => authorization !== undefined)).toEqual([])
  })

  it('it uses renewed tokens without asking for any, nor meeting a refusal', async () => {
    await using two = await startTwo()
    const { one, other, server, authorizationServer } = two
    const old = server.calls().at(-1)?.token?.value
    authorizationServer.expireAccessTokens()
    expect(await one.tools.run(echo)).toMatchObject({ status: 'SUCCEEDED' })
    const renewed = server.calls().at(-1)?.token?.value
    expect(renewed).not.toBe(old)
    const tokenOf = async () => {
      expect(await other.tools.run(echo)).toMatchObject({ status: 'SUCCEEDED' })
      return server.calls().at(-1)?.token?.value
    }
    await expect.poll(tokenOf, { timeout: 2_000 }).toBe(renewed)
    expect(authorizationServer.tokenRequests('refresh_token')).toHaveLength(1)
  })
}
