import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRegistry } from '@toolyard/core'
import { sqliteStorage } from '@toolyard/core/sqlite'
import { expect, it } from 'vitest'
import { createDetectorOf } from './leak-detector.ts'
import { oauthLibrary } from './oauth-library-api.ts'
import { oauthSession } from './oauth-session.ts'
import { startOAuthWorld } from './oauth-world.ts'

it('no secret of OAuth comes out of the library, its errors, its database or its export', {
  timeout: 120_000,
}, async () => {
  await using world = await startOAuthWorld()
  const folder = await mkdtemp(join(tmpdir(), 'toolyard-'))
  const storage = sqliteStorage({ path: join(folder, 'registry.db') })
  const detector = createDetectorOf(() => [...world.traces(), ...world.stateTraces()])
  const onError = (error: unknown) => detector.see('onError', error)
  const secretKey = new Uint8Array(32).fill(7)
  {
    await using registry = await createRegistry({ storage, secretKey, onError })
    const feed = registry.events()
    const following = (async () => {
      for await (const event of feed) detector.see('feed', event)
    })()
    await oauthSession(oauthLibrary(registry, detector), world)
    await feed.return?.()
    await following
    await detector.expectNothingIn(folder)
  }
  for await (const line of storage.maintenance.exportLines()) detector.see('database export', line)
  await detector.expectNothingIn(folder)
  detector.expectNothing()
  // The flows were whole, and each kind of secret was on its way.
  expect(detector.count).toBeGreaterThan(300)
  const what = new Set(world.traces().map((trace) => trace.what.split(',')[0]))
  for (const kind of ['code', 'code_verifier', 'client_assertion', 'authorization', 'DPoP key', 'issued']) {
    expect(what).toContain(kind)
  }
  const granted = Object.keys(world.authorizationServer.countByGrant())
  expect(granted.toSorted()).toEqual([
    'authorization_code',
    'client_credentials',
    'refresh_token',
    'urn:ietf:params:oauth:grant-type:jwt-bearer',
  ])
  await rm(folder, { recursive: true })
})
