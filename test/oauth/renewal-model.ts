import { setTimeout as delay } from 'node:timers/promises'
import { memoryStorage } from '@toolyard/core'
import fc from 'fast-check'
import { expect } from 'vitest'
import { isRegistryError, RegistryError } from '../../packages/core/src/base/errors.ts'
import { createNodeId, defaultTenant, type ServerId } from '../../packages/core/src/base/ids.ts'
import type { OAuthGrantRecord } from '../../packages/core/src/model/oauth.ts'
import type { GrantTarget } from '../../packages/core/src/oauth/grant-target.ts'
import { createRenewal, type Renewal } from '../../packages/core/src/oauth/renewal.ts'
import { createVault, type Vault } from '../../packages/core/src/oauth/vault.ts'
import { openDefaultKeyRing } from '../../packages/core/src/registry/open-key-ring.ts'
import type { TenantStorage } from '../../packages/core/src/storage/storage.ts'
import { server } from '../storage/records.ts'
import { type Outcome, outcomes, ScriptedIssuer } from './scripted-issuer.ts'

const leaseMs = 150
/** Time for everything of one case to end, in ms: it waits for some leases and pauses. */
const endMs = 20_000

/** A write that fails for a moment: before it is stored, or with its answer. */
const writeFaults = ['NONE', 'NONE', 'NONE', 'BEFORE', 'AFTER'] as const
type WriteFault = (typeof writeFaults)[number]
const ownerActs = ['NONE', 'NONE', 'CONNECT', 'DISCONNECT', 'WIDEN'] as const
type OwnerAct = (typeof ownerActs)[number]

const round = fc.record({
  act: fc.constantFrom(...ownerActs),
  afterMs: fc.nat(30),
  /** Requests at once, by node. */
  requests: fc.array(fc.nat(3), { minLength: 1, maxLength: 3 }),
})

export const cases = fc.record({
  script: fc.array(fc.constantFrom('OK' as const, 'OK' as const, ...outcomes), { maxLength: 6 }),
  writes: fc.array(fc.constantFrom(...writeFaults), { maxLength: 12 }),
  rounds: fc.array(round, { minLength: 1, maxLength: 4 }),
})
export type RenewalCase = typeof cases extends fc.Arbitrary<infer Case> ? Case : never

function faulty(storage: TenantStorage, faults: WriteFault[]): TenantStorage {
  const unavailable = () => new RegistryError('STORAGE_UNAVAILABLE', 'The storage is away', { retryable: true })
  const commit: TenantStorage['commit'] = async (writes) => {
    const fault = faults.shift()
    if (fault === 'BEFORE') throw unavailable()
    await storage.commit(writes)
    if (fault === 'AFTER') throw unavailable()
  }
  return new Proxy(storage, {
    get: (target, name) => (name === 'commit' ? commit : Reflect.get(target, name, target)),
  })
}

interface Node {
  readonly renewal: Renewal
  /** Rejects when the node dies. */
  readonly dead: Promise<never>
}

class World {
  readonly issuer: ScriptedIssuer
  readonly target: GrantTarget
  readonly #owner: Vault
  readonly #vault: Vault
  #nodes: Node[]

  constructor(script: readonly Outcome[], owner: Vault, vault: Vault, serverId: ServerId) {
    this.issuer = new ScriptedIssuer(script)
    this.#owner = owner
    this.#vault = vault
    const config = {
      type: 'OAUTH',
      grant: 'AUTHORIZATION_CODE',
      clientId: 'a',
      clientSecret: null,
      dpop: false,
    } as const
    const rest = { privateKey: null, signingAlgorithm: null, scopes: null, issuer: null, assertion: null, idp: null }
    this.target = { serverId, serverName: 'a', serverUrl: 'https://a.example/', config: { ...config, ...rest } }
    this.#nodes = Array.from({ length: 3 }, () => this.#startNode())
  }

  grant(): Promise<OAuthGrantRecord> {
    return this.#owner.grant(this.target)
  }

  async newestToken(): Promise<string | null | undefined> {
    return (await this.#owner.openTokens(await this.grant()))?.refreshToken
  }

  async act(act: OwnerAct): Promise<void> {
    if (act === 'NONE') return
    for (;;) {
      const grant = await this.grant()
      const changed = await this.#owner.change(
        grant,
        act === 'WIDEN' ? { requestedScopes: ['x'] } : this.#act(act, grant),
      )
      if (changed) return
    }
  }

  #act(act: 'CONNECT' | 'DISCONNECT', grant: OAuthGrantRecord): Partial<OAuthGrantRecord> {
    const generation = grant.generation + 1
    const common = { generation, renewal: null, reason: null, serverUrl: this.target.serverUrl }
    if (act === 'DISCONNECT') return { ...common, state: 'NOT_CONNECTED', tokens: null, connectedAt: null }
    const refreshToken = this.issuer.consent()
    const tokens = this.#owner.sealTokens(grant.serverId, { accessToken: 'a', refreshToken, dpopKey: null })
    const client = { clientId: 'a', registration: 'PRE_REGISTERED', redirectUri: 'http://127.0.0.1/' } as const
    return { ...common, ...client, state: 'CONNECTED', tokens, isRenewable: true, connectedAt: Date.now() }
  }

  /** Requests on one node, each until it has newer tokens, or only the owner can go on. */
  async request(index: number, generation: number): Promise<void> {
    for (;;) {
      const node = this.#nodes[index % this.#nodes.length]
      if (!node) throw new RangeError('There are three nodes')
      try {
        await Promise.race([node.renewal.renew(this.target, { generation }), node.dead])
        return
      } catch (error) {
        if (isRegistryError(error, 'AUTH_REQUIRED')) return
        if (!isRegistryError(error) || !error.retryable) throw error
      }
      await delay(20)
    }
  }

  close(): Promise<unknown> {
    // A dead node has nothing that could end.
    return Promise.all(this.#nodes.map(({ renewal, dead }) => Promise.race([renewal.close(), dead.catch(() => null)])))
  }

  #startNode(): Node {
    const death = Promise.withResolvers<never>()
    death.promise.catch(() => undefined)
    const die = (): Promise<never> => {
      this.#nodes = this.#nodes.map((each) => (each === node ? this.#startNode() : each))
      death.reject(new RegistryError('CLOSED', 'The node is dead', { retryable: true }))
      return new Promise<never>(() => undefined)
    }
    const renewal = createRenewal({
      vault: this.#vault,
      obtain: this.issuer.obtain(this.#vault, leaseMs, die),
      nodeId: createNodeId(),
      onReauthRequired: async () => undefined,
      onRenewed: () => undefined,
      onUnwanted: () => undefined,
      leaseMs,
    })
    const node: Node = { renewal, dead: death.promise }
    return node
  }
}

async function startWorld({ script, writes }: RenewalCase): Promise<World> {
  const storage = await memoryStorage().open()
  const keyRing = await openDefaultKeyRing(storage, {}, undefined, () => undefined)
  const tenant = storage.tenant(defaultTenant)
  const record = server()
  await tenant.commit([{ kind: 'insertServer', server: record }])
  const nodes = createVault({ storage: faulty(tenant, [...writes]), keyRing })
  return new World(script, createVault({ storage: tenant, keyRing }), nodes, record.id)
}

/** What may cost the owner's consent. */
const costly: readonly Outcome[] = ['LOST', 'REVOKED', 'DEAD', 'DEAD_AFTER']

/** Renewals on three nodes, while the owner acts, requests end in each way, and writes fail. */
export async function expectSoundRenewals(given: RenewalCase): Promise<void> {
  const world = await startWorld(given)
  const work = async () => {
    for (const { act, afterMs, requests } of given.rounds) {
      if ((await world.grant()).state !== 'CONNECTED') await world.act('CONNECT')
      const { generation } = await world.grant()
      const asked = requests.flatMap((count, node) =>
        Array.from({ length: count }, () => world.request(node, generation)),
      )
      await Promise.all([...asked, delay(afterMs).then(() => world.act(act))])
    }
    await world.close()
    return 'ended'
  }
  expect(await Promise.race([work(), delay(endMs, 'has not ended', { ref: false })])).toBe('ended')
  const { issuer } = world
  expect(issuer.shownTwice, 'refresh tokens shown twice').toEqual([])
  const { state } = await world.grant()
  if (state === 'CONNECTED') {
    // Unless the family has ended, or an answer was lost on its way.
    if (issuer.current !== undefined && !issuer.used.includes('LOST'))
      expect(await world.newestToken()).toBe(issuer.current)
  } else if (state === 'REAUTH_REQUIRED') expect(issuer.used.some((outcome) => costly.includes(outcome))).toBe(true)
  else expect(given.rounds.some(({ act }) => act === 'DISCONNECT')).toBe(true)
}
