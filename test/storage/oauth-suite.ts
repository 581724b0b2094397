import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { defaultTenant, parseTenantId, type ServerId } from '../../packages/core/src/base/ids.ts'
import type { OAuthFlowRecord } from '../../packages/core/src/model/oauth.ts'
import { Sealed } from '../../packages/core/src/model/secret.ts'
import type { Storage, StorageAdapter, TenantStorage } from '../../packages/core/src/storage/storage.ts'
import type { Write } from '../../packages/core/src/storage/write.ts'
import { expectModel, setGrant } from './oauth-model.ts'
import { client, emptyGrant, flow, grant, shown } from './oauth-records.ts'
import { server } from './records.ts'

const otherTenant = parseTenantId('other') ?? defaultTenant

const insertFlow = (record: OAuthFlowRecord, keep = 10): Write => ({ kind: 'insertOAuthFlow', flow: record, keep })
const takeFlow = (stateHash: string): Write => ({ kind: 'takeOAuthFlow', stateHash })

/** What every storage must do with OAuth grants, clients and flows. */
export function describeOAuth(name: string, makeAdapter: () => StorageAdapter): void {
  describe(`OAuth in ${name}`, () => {
    let opened: Storage
    let storage: TenantStorage
    let other: TenantStorage
    const [one, two] = [server(), server()]
    beforeEach(async () => {
      opened = await makeAdapter().open()
      storage = opened.tenant(defaultTenant)
      other = opened.tenant(otherTenant)
      await storage.commit([one, two].map((each) => ({ kind: 'insertServer', server: each }) as const))
    })
    afterEach(() => opened.close())

    const versionOf = async (id: ServerId) => (await storage.oauth.grant(id))?.version
    const kept = async (...hashes: readonly string[]) => {
      const flows = await Promise.all(hashes.map((hash) => storage.oauth.flow(hash)))
      return flows.flatMap((each) => each?.stateHash ?? []).join('')
    }

    it('returns every member of what was stored', async () => {
      const [full, empty] = [grant(one.id), emptyGrant(two.id)]
      const registered = client()
      const flows = [flow(one.id, 'a'), flow(one.id, 'b', { actor: null, browserHash: null })]
      await storage.commit([
        setGrant(full, 0),
        setGrant(empty, 0),
        { kind: 'setOAuthClient', client: registered, keep: 1_000 },
        ...flows.map((each) => insertFlow(each)),
      ])
      expect(shown(await storage.oauth.grant(one.id))).toEqual(shown(full))
      expect(shown(await storage.oauth.grant(two.id))).toEqual(shown(empty))
      const found = await storage.oauth.grants([two.id, one.id, server().id, one.id])
      expect(found.map(({ serverId }) => serverId).toSorted()).toEqual([one.id, two.id].toSorted())
      expect(found.map(shown)).toEqual(expect.arrayContaining([shown(full), shown(empty)]))
      expect(await storage.oauth.grants([])).toEqual([])
      expect(shown(await storage.oauth.client(registered.issuer, registered.redirectUri))).toEqual(shown(registered))
      for (const each of flows) expect(shown(await storage.oauth.flow(each.stateHash))).toEqual(shown(each))
      expect(await storage.oauth.grant(server().id)).toBeUndefined()
      expect(await storage.oauth.flow('c')).toBeUndefined()
    })

    it('returns sealed members sealed', async () => {
      const registered = client()
      await storage.commit([
        setGrant(grant(one.id), 0),
        { kind: 'setOAuthClient', client: registered, keep: 1_000 },
        insertFlow(flow(one.id, 'a')),
      ])
      const found = await storage.oauth.grant(one.id)
      const sealed = [
        found?.tokens,
        (await storage.oauth.client(registered.issuer, registered.redirectUri))?.information,
        (await storage.oauth.flow('a'))?.secrets,
      ]
      for (const each of sealed) expect(each).toBeInstanceOf(Sealed)
      expect(JSON.stringify([found, ...sealed])).not.toContain('v1.')
    })

    describe('a grant', () => {
      it('is replaced by a write for the version that is stored, and by no other', async () => {
        const conflict = { code: 'REVISION_CONFLICT', details: { serverId: one.id } }
        await expect(storage.commit([setGrant(grant(one.id, { version: 2 }), 1)])).rejects.toMatchObject(conflict)
        await storage.commit([setGrant(grant(one.id), 0)])
        await expect(storage.commit([setGrant(grant(one.id), 0)])).rejects.toMatchObject(conflict)
        const second = grant(one.id, { version: 2, tokens: new Sealed('v1.key.renewed'), generation: 8 })
        await storage.commit([setGrant(second, 1)])
        for (const stale of [0, 1, 3]) {
          const late = grant(one.id, { version: stale + 1, generation: 9 })
          await expect(storage.commit([setGrant(late, stale)])).rejects.toMatchObject(conflict)
        }
        expect(shown(await storage.oauth.grant(one.id))).toEqual(shown(second))
      })

      it('of a missing server is refused', async () => {
        const missing = server()
        const commit = storage.commit([setGrant(grant(missing.id), 0)])
        await expect(commit).rejects.toMatchObject({ code: 'NOT_FOUND' })
        expect(await storage.oauth.grant(missing.id)).toBeUndefined()
      })

      it('is written by one of several writers at once', async () => {
        for (const ifVersion of [0, 1, 2]) {
          const written = await Promise.allSettled(
            [1, 2, 3, 4].map((generation) =>
              storage.commit([setGrant(grant(one.id, { version: ifVersion + 1, generation }), ifVersion)]),
            ),
          )
          const winner = written.findIndex(({ status }) => status === 'fulfilled')
          const lost = written.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []))
          expect(lost).toEqual(Array.from({ length: 3 }, () => expect.objectContaining({ code: 'REVISION_CONFLICT' })))
          expect(await storage.oauth.grant(one.id)).toMatchObject({ version: ifVersion + 1, generation: winner + 1 })
        }
      })

      it('is a change of the catalog, and the others are none', async () => {
        await expect.poll(() => storage.catalogVersion()).toBeDefined()
        const before = storage.catalogVersion()
        await storage.commit([insertFlow(flow(one.id, 'a')), { kind: 'setOAuthClient', client: client(), keep: 1_000 }])
        await expect.poll(() => storage.catalogVersion()).toBe(before)
        await storage.commit([setGrant(grant(one.id), 0)])
        expect(storage.catalogVersion()).not.toBe(before)
      })

      it('is as a model has it after any sequence of commits', () => expectModel(storage))
    })

    it('keeps one client for each issuer and redirect URI', async () => {
      const mine = client()
      const others = [client({ issuer: 'https://other.example/' }), client({ redirectUri: 'https://b.example/cb' })]
      await storage.commit(
        [mine, ...others].map((each) => ({ kind: 'setOAuthClient', client: each, keep: 1_000 }) as const),
      )
      const again = client({ information: new Sealed('v1.key.again'), createdAt: 2 })
      await storage.commit([{ kind: 'setOAuthClient', client: again, keep: 1_000 }])
      const found = async ({ issuer, redirectUri }: typeof mine) =>
        shown(await storage.oauth.client(issuer, redirectUri))
      expect(await found(mine)).toEqual(shown(again))
      const deleteClient = { kind: 'deleteOAuthClient', ...mine } as const
      await storage.commit([deleteClient, deleteClient])
      expect(await found(mine)).toBeUndefined()
      for (const each of others) expect(await found(each)).toEqual(shown(each))
      expect(await storage.oauth.client(mine.redirectUri, mine.issuer)).toBeUndefined()
    })

    it('keeps the newest clients of a tenant', async () => {
      const made = Array.from({ length: 5 }, (_, n) =>
        client({ redirectUri: `http://127.0.0.1:${n + 1}/`, createdAt: n + 1 }),
      )
      for (const each of made) await storage.commit([{ kind: 'setOAuthClient', client: each, keep: 3 }])
      const found = await Promise.all(made.map(({ issuer, redirectUri }) => storage.oauth.client(issuer, redirectUri)))
      expect(found.map((each) => each?.createdAt)).toEqual([undefined, undefined, 3, 4, 5])
    })

    describe('a flow', () => {
      const notFound = { code: 'NOT_FOUND' }

      it('is taken once, also by two callers at once', async () => {
        await storage.commit([insertFlow(flow(one.id, 'a')), insertFlow(flow(one.id, 'b'))])
        await storage.commit([takeFlow('a')])
        await expect(storage.commit([takeFlow('a')])).rejects.toMatchObject(notFound)
        const taken = await Promise.allSettled([1, 2, 3].map(() => storage.commit([takeFlow('b')])))
        expect(taken.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
        expect(await kept('a', 'b')).toBe('')
      })

      it('is there again if the commit that takes it fails', async () => {
        await storage.commit([insertFlow(flow(one.id, 'a'))])
        const failing = storage.commit([takeFlow('a'), setGrant(grant(one.id, { version: 9 }), 8)])
        await expect(failing).rejects.toMatchObject({ code: 'REVISION_CONFLICT' })
        expect(await kept('a')).toBe('a')
      })

      it('of a missing server is refused, and prunes nothing', async () => {
        await storage.commit([insertFlow(flow(one.id, 'a', { expiresAt: 1_500 }))])
        const failing = storage.commit([insertFlow(flow(server().id, 'b', { createdAt: 1_500 }))])
        await expect(failing).rejects.toMatchObject(notFound)
        expect(await kept('a', 'b')).toBe('a')
      })

      it('is pruned once it has expired, whichever server of the tenant begins the next one', async () => {
        await storage.commit([
          insertFlow(flow(one.id, 'a', { expiresAt: 1_500 })),
          insertFlow(flow(one.id, 'b', { expiresAt: 1_501 })),
          insertFlow(flow(two.id, 'c', { expiresAt: 1_400 })),
        ])
        await storage.commit([insertFlow(flow(two.id, 'd', { createdAt: 1_500 }))])
        expect(await kept('a', 'b', 'c', 'd')).toBe('bd')
      })

      it('is pruned if the server has begun enough later ones', async () => {
        await storage.commit([
          insertFlow(flow(one.id, 'b', { createdAt: 1_002 })),
          insertFlow(flow(one.id, 'a', { createdAt: 1_001 })),
          insertFlow(flow(two.id, 'x', { createdAt: 1_000 })),
          insertFlow(flow(one.id, 'c', { createdAt: 1_003 }), 3),
        ])
        expect(await kept('a', 'b', 'c', 'x')).toBe('abcx')
        await storage.commit([insertFlow(flow(one.id, 'd', { createdAt: 1_004 }), 3)])
        expect(await kept('a', 'b', 'c', 'd', 'x')).toBe('bcdx')
        // The clock of another node is behind.
        await storage.commit([insertFlow(flow(one.id, 'e', { createdAt: 900 }), 2)])
        expect(await kept('b', 'c', 'd', 'e', 'x')).toBe('dex')
        await storage.commit([insertFlow(flow(one.id, 'f', { createdAt: 1_005 }), 1)])
        expect(await kept('d', 'e', 'f', 'x')).toBe('fx')
      })

      it('is one of no more than are kept, however many begin at once', async () => {
        const hashes = [...'abcdefgh']
        await Promise.all(hashes.map((hash) => storage.commit([insertFlow(flow(one.id, hash), 2)])))
        expect(await kept(...hashes)).toHaveLength(2)
      })
    })

    it('deletes the grant and the flows of a server with it, and those of no other', async () => {
      await storage.commit([
        ...[one, two].map(({ id }) => setGrant(grant(id), 0)),
        insertFlow(flow(one.id, 'a')),
        insertFlow(flow(one.id, 'b')),
        insertFlow(flow(two.id, 'c')),
        { kind: 'setOAuthClient', client: client(), keep: 1_000 },
      ])
      const failing = storage.commit([{ kind: 'deleteServer', serverId: one.id }, takeFlow('none')])
      await expect(failing).rejects.toMatchObject({ code: 'NOT_FOUND' })
      expect([await versionOf(one.id), await kept('a', 'b', 'c')]).toEqual([1, 'abc'])
      await storage.commit([{ kind: 'deleteServer', serverId: one.id }])
      expect([await versionOf(one.id), await versionOf(two.id)]).toEqual([undefined, 1])
      expect(await kept('a', 'b', 'c')).toBe('c')
      expect(await storage.oauth.client(client().issuer, client().redirectUri)).toBeDefined()
      // A server of the same id begins without a grant.
      await storage.commit([{ kind: 'insertServer', server: one }, setGrant(grant(one.id), 0)])
      expect(await versionOf(one.id)).toBe(1)
    })

    describe('of two tenants', () => {
      beforeEach(() =>
        storage.commit([
          setGrant(grant(one.id), 0),
          insertFlow(flow(one.id, 'a')),
          { kind: 'setOAuthClient', client: client(), keep: 1_000 },
        ]),
      )

      it('neither finds, changes or deletes anything of the other', async () => {
        const { issuer, redirectUri } = client()
        expect(await other.oauth.grant(one.id)).toBeUndefined()
        expect(await other.oauth.grants([one.id])).toEqual([])
        expect(await other.oauth.client(issuer, redirectUri)).toBeUndefined()
        expect(await other.oauth.flow('a')).toBeUndefined()
        const its = server()
        await other.commit([
          { kind: 'insertServer', server: its },
          { kind: 'deleteOAuthClient', issuer, redirectUri },
          insertFlow(flow(its.id, 'b', { createdAt: 9_000, expiresAt: 9_999 }), 1),
        ])
        for (const write of [
          setGrant(grant(one.id, { version: 2 }), 1),
          setGrant(grant(one.id), 0),
          insertFlow(flow(one.id, 'c')),
          takeFlow('a'),
        ]) {
          await expect(other.commit([write])).rejects.toMatchObject({ code: 'NOT_FOUND' })
        }
        expect(shown(await storage.oauth.grant(one.id))).toMatchObject({ version: 1, tokens: ['v1.key.tokens'] })
        expect(await storage.oauth.client(issuer, redirectUri)).toBeDefined()
        expect(await kept('a', 'b', 'c')).toBe('a')
      })

      it('both may have the same client and the same state', async () => {
        const [its, registered] = [server(), client({ information: new Sealed('v1.key.theirs') })]
        await other.commit([
          { kind: 'insertServer', server: its },
          { kind: 'setOAuthClient', client: registered, keep: 1_000 },
          insertFlow(flow(its.id, 'a')),
        ])
        const { issuer, redirectUri } = registered
        expect((await other.oauth.client(issuer, redirectUri))?.information.text).toBe('v1.key.theirs')
        expect((await storage.oauth.client(issuer, redirectUri))?.information.text).toBe('v1.key.information')
        await other.commit([takeFlow('a')])
        expect(await kept('a')).toBe('a')
      })
    })
  })
}
