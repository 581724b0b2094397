import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRegistry } from '@toolyard/core'
import { sqliteStorage } from '@toolyard/core/sqlite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { authStatus, consent, echo, secretKey, startConnected } from '../fixtures/oauth/connected.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'toolyard-'))
})
afterAll(() => rm(folder, { recursive: true }))

/** A renewal whose answer is held, and the registry that the owner uses: the same one, or another node. */
async function startRenewing(name: string, isOther: boolean) {
  const storage = () => sqliteStorage({ path: join(folder, `${name} ${isOther}.db`) })
  const connected = await startConnected({ storage: storage() })
  const { registry, authorizationServer } = connected
  const other = isOther ? await createRegistry({ storage: storage(), secretKey }) : undefined
  authorizationServer.expireAccessTokens()
  const held = authorizationServer.holdToken()
  const run = registry.tools.run(echo)
  const { body } = await held.issued
  return {
    ...connected,
    owner: other ?? registry,
    held,
    run,
    renewed: body as { readonly access_token: string; readonly refresh_token: string },
    async [Symbol.asyncDispose]() {
      await other?.close()
      await connected[Symbol.asyncDispose]()
    },
  }
}

describe.each([
  ['on this node', false],
  ['on another node', true],
])('during a renewal, the owner %s', (_, isOther) => {
  it('disconnects, and the renewed tokens are revoked', async () => {
    await using renewing = await startRenewing('disconnects', isOther)
    const { owner, id, registry, held, run, renewed, authorizationServer } = renewing
    await owner.servers.disconnectAuth(id)
    held.release()
    expect((await run).error).toMatchObject({ code: 'AUTH_REQUIRED' })
    expect(await authStatus(registry, id)).toBe('NOT_CONNECTED')
    const revoked = () => authorizationServer.requestsTo('revoke').map(({ params }) => params.token)
    await expect.poll(revoked).toContain(renewed.refresh_token)
    expect(authorizationServer.inspect(renewed.access_token)).toBeUndefined()
    expect((await registry.tools.run(echo)).error).toMatchObject({ code: 'AUTH_REQUIRED' })
  })

  it('connects anew, and runs go on with those tokens', async () => {
    await using renewing = await startRenewing('connects', isOther)
    const { owner, id, registry, held, run, renewed, authorizationServer, server } = renewing
    authorizationServer.settings.authorize.subject = 'bob'
    await consent(owner, id)
    held.release()
    expect(await run).toMatchObject({ status: 'SUCCEEDED' })
    expect(await registry.tools.run(echo)).toMatchObject({ status: 'SUCCEEDED' })
    expect(await authStatus(registry, id)).toBe('CONNECTED')
    expect(server.calls().at(-1)?.token).toMatchObject({ subject: 'bob' })
    expect(server.requests.map(({ token }) => token?.value)).not.toContain(renewed.access_token)
  })

  it('begins to connect, and the renewed tokens are kept', async () => {
    await using renewing = await startRenewing('begins', isOther)
    const { owner, id, registry, held, run, renewed, server, authorizationServer } = renewing
    await owner.servers.beginAuth(id, { redirectUri: 'http://127.0.0.1:39999/callback' })
    held.release()
    expect(await run).toMatchObject({ status: 'SUCCEEDED' })
    expect(server.calls().at(-1)?.token?.value).toBe(renewed.access_token)
    expect(await authStatus(registry, id)).toBe('CONNECTED')
    expect(authorizationServer.countByGrant()).toEqual({ authorization_code: 1, refresh_token: 1 })
  })

  it('deletes the server, and the renewed tokens are revoked', async () => {
    await using renewing = await startRenewing('deletes', isOther)
    const { owner, id, held, run, renewed, authorizationServer } = renewing
    await owner.servers.delete(id)
    held.release()
    await run.catch(() => undefined)
    await expect.poll(() => authorizationServer.inspect(renewed.access_token)).toBeUndefined()
  })
})
