import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { request } from 'undici'
import { expect, it } from 'vitest'
import { defaultTenant, parseTenantId } from '../base/ids.ts'
import { createConnections } from './connections.ts'
import { createNetworkPolicy } from './network-policy.ts'

const attacker = parseTenantId('attacker') ?? defaultTenant
const victim = parseTenantId('victim') ?? defaultTenant

it('are of each tenant its own, and names that are never found hold up their own tenant alone', async () => {
  const server = createServer((_, response) => response.setHeader('connection', 'close').end('hi'))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  // A server that listens on a port has an AddressInfo.
  const { port } = server.address() as AddressInfo
  const asked: string[] = []
  const resolve = (hostname: string, _options: unknown, callback: (error: null, addresses: unknown) => void) => {
    asked.push(hostname)
    if (!hostname.endsWith('.hangs.example')) callback(null, [{ address: '127.0.0.1', family: 4 }])
  }
  const connections = createConnections({
    policy: createNetworkPolicy(['*']),
    budgets: { lookups: 2, connectionsPerOrigin: 256 },
    share: () => 0.5,
    // Of the overloads of lookup(), the connector uses the one with a list.
    resolve: resolve as never,
  })
  expect(await connections.of(attacker)).toBe(await connections.of(attacker))
  expect(await connections.of(attacker)).not.toBe(await connections.of(victim))
  const ask = async (tenantId: typeof victim, host: string) => {
    const { body } = await request(`http://${host}:${port}`, { dispatcher: await connections.of(tenantId) })
    return body.text()
  }
  const hanging = Array.from({ length: 300 }, (_, n) => ask(attacker, `${n}.hangs.example`).catch(() => 'ended'))
  for (let n = 0; n < 3; n += 1) expect(await ask(victim, `${n}.sound.example`)).toBe('hi')
  expect(asked.filter((name) => name.endsWith('.hangs.example'))).toEqual(['0.hangs.example'])
  await connections.close()
  expect(new Set(await Promise.all(hanging))).toEqual(new Set(['ended']))
  server.close()
})
