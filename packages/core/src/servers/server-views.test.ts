import { describe, expect, it } from 'vitest'
import { createId, defaultTenant, type ServerId } from '../base/ids.ts'
import type { OAuthConfig, OAuthGrantRecord } from '../model/oauth.ts'
import { type HttpConfig, neverConnected, type ServerRecord } from '../model/server.ts'
import { memoryStorage } from '../storage/memory/memory-storage.ts'
import type { OAuthReads } from '../storage/storage.ts'
import { createServerViews } from './server-views.ts'

const auth: OAuthConfig = {
  type: 'OAUTH',
  grant: 'AUTHORIZATION_CODE',
  clientId: null,
  clientSecret: null,
  privateKey: null,
  signingAlgorithm: null,
  scopes: null,
  issuer: null,
  assertion: null,
  idp: null,
  dpop: false,
}
const serverUrl = 'https://a.example/mcp'

function record(config: HttpConfig['auth']): ServerRecord {
  return {
    id: createId('server'),
    name: createId('server'),
    description: null,
    enabled: true,
    labels: [],
    config: { transport: 'streamableHttp', serverUrl, auth: config, headers: [] },
    timeouts: { connectMs: 1, requestMs: 1, maxTotalMs: 1 },
    protocolEra: 'AUTO',
    toolChangePolicy: 'ACCEPT',
    approvalPolicy: 'NEVER',
    inputPolicy: 'PAUSE',
    refreshIntervalMs: null,
    revision: 1,
    createdAt: 0,
    updatedAt: 0,
    state: neverConnected,
  }
}

const grantOf = (serverId: ServerId): OAuthGrantRecord => ({
  serverId,
  version: 1,
  state: 'CONNECTED',
  reason: null,
  serverUrl,
  endpoints: null,
  pinned: null,
  resourceMetadataUrl: null,
  resource: null,
  clientId: 'registered',
  registration: 'DYNAMIC',
  redirectUri: 'http://127.0.0.1/callback',
  scopes: ['a'],
  requestedScopes: [],
  stepUps: 0,
  refusedGeneration: null,
  connectedAt: null,
  issuedAt: null,
  expiresAt: null,
  tokens: null,
  isRenewable: false,
  generation: 1,
  renewal: null,
  authorizingUntil: null,
  updatedAt: 0,
})

/** A storage with these servers, the granted ones of them connected, and the reads of grants as they come. */
async function stored(records: readonly ServerRecord[], granted: readonly ServerRecord[]) {
  const storage = (await memoryStorage().open()).tenant(defaultTenant)
  await storage.commit(records.map((server) => ({ kind: 'insertServer', server }) as const))
  for (const { id } of granted) await storage.commit([{ kind: 'setOAuthGrant', grant: grantOf(id), ifVersion: 0 }])
  const reads: (readonly ServerId[])[] = []
  const oauth: OAuthReads = {
    ...storage.oauth,
    grants(ids) {
      reads.push(ids)
      return storage.oauth.grants(ids)
    },
  }
  return { views: createServerViews({ oauth }), reads }
}

describe('the views of a page', () => {
  it('have the state of each grant, from one read', async () => {
    const [plain, connected, unconnected] = [record(null), record(auth), record(auth)]
    const records = [plain, connected, unconnected]
    const { views, reads } = await stored(records, [connected])
    expect(records.map(await views.viewer(records))).toMatchObject([
      { auth: null },
      { auth: { status: 'CONNECTED', clientId: 'registered', scopes: ['a'] } },
      { auth: { status: 'NOT_CONNECTED', clientId: null } },
    ])
    expect(reads).toEqual([[connected.id, unconnected.id]])
  })

  it('read no grants if no server uses OAuth', async () => {
    const { views, reads } = await stored([record(null)], [])
    await views.viewer([record(null)])
    await views.viewOf(record(null))
    expect(reads).toEqual([])
  })
})
