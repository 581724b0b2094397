import { setTimeout as delay } from 'node:timers/promises'
import { createRegistry, type Registry, type ToolRun } from '@toolyard/core'
import { postgresStorage } from '@toolyard/core/postgres'
import { expect } from 'vitest'
import type { AuthorizationServer } from '../fixtures/oauth/authorization-server.ts'
import { connect, echo, type Issuers, secretKey, startIssuers } from '../fixtures/oauth/connected.ts'
import { startNode } from '../fixtures/process/nodes.ts'
import { renewOnce, type WayToEnd } from './one-renewal.ts'

/** A life that ends while a test waits for it, in seconds. */
const shortLifeSec = 2

/** Three registries on one database, and the server "a", which the first of them has connected. */
export interface ThreeRegistries extends Issuers {
  readonly registries: readonly [Registry, Registry, Registry]
  readonly id: string
}

export const openOn = (connectionString: string) =>
  createRegistry({ storage: postgresStorage({ connectionString, poolSize: 4 }), secretKey })

export async function startThree(connectionString: string): Promise<ThreeRegistries> {
  const issuers = await startIssuers()
  const open = () => openOn(connectionString)
  const registries = [await open(), await open(), await open()] as const
  const id = await connect(registries[0], issuers)
  for (const registry of registries) await expect.poll(() => registry.tools.count()).toBe(3)
  return {
    ...issuers,
    registries,
    id,
    async [Symbol.asyncDispose]() {
      await Promise.all(registries.map((registry) => registry.close()))
      await issuers[Symbol.asyncDispose]()
    },
  }
}

/** 200 runs at once, over three registries of this process. */
export async function renewOnceInRegistries(three: ThreeRegistries): Promise<void> {
  const { registries, authorizationServer, id } = three
  await renewOnce(authorizationServer, (n) => (registries[n % 3] ?? registries[0]).tools.run(echo, { n }))
  for (const registry of registries)
    expect(await registry.servers.get(id)).toMatchObject({ auth: { status: 'CONNECTED' } })
}

function expired({ issuedTokens }: AuthorizationServer): Promise<void> {
  const ends = issuedTokens.flatMap(({ kind, expiresAt = 0 }) => (kind === 'access' ? [expiresAt] : []))
  return delay(Math.max(0, Math.max(...ends) - Date.now()))
}

/** 200 runs at once, over three processes: `times`, each with a new token. */
export async function renewOnceInProcesses(connectionString: string, way: WayToEnd, times: number): Promise<void> {
  await using issuers = await startIssuers()
  const { authorizationServer } = issuers
  const { settings } = authorizationServer
  // Leases of nodes as they are by default: the machine may have other work.
  const open = () => startNode(connectionString, { leaseMs: 15_000, timeoutMs: 10_000 })
  await using one = await open()
  await using two = await open()
  await using three = await open()
  const nodes = [one, two, three] as const
  await using registry = await openOn(connectionString)
  const id = await connect(registry, issuers)
  for (let time = 0; time < times; time++) {
    for (const node of nodes) await expect.poll(() => node.call('tools.count')).toBe(3)
    authorizationServer.expireAccessTokens()
    if (way === 'expired') {
      settings.accessTokenLifetimeSec = shortLifeSec
      expect(await registry.tools.run(echo)).toMatchObject({ status: 'SUCCEEDED' })
      settings.accessTokenLifetimeSec = 3_600
      await expired(authorizationServer)
    }
    await renewOnce(authorizationServer, async (n) => {
      const run = await (nodes[n % 3] ?? one).call('tools.run', echo, { n })
      // As `tools.run` resolves.
      return run as ToolRun
    })
    for (const node of nodes) expect(node.errors).toEqual([])
    expect(await one.call('servers.get', id)).toMatchObject({ auth: { status: 'CONNECTED' } })
  }
}
