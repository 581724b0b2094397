import { createRegistry } from '@toolyard/core'
import { createHandler } from '@toolyard/graphql'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startTelemetry, type TestTelemetry } from '../fixtures/process/telemetry.ts'
import { graphqlSession } from './graphql-session.ts'
import { startHostileHttp } from './hostile-servers.ts'
import { createDetectorOf, createLeakDetector } from './leak-detector.ts'
import { librarySession } from './library-session.ts'
import { createMarkers, tracesOf } from './markers.ts'
import { oauthLibrary } from './oauth-library-api.ts'
import { oauthSession } from './oauth-session.ts'
import { startOAuthWorld } from './oauth-world.ts'
import { overHttp } from './transports.ts'

const markers = createMarkers()
let telemetry: TestTelemetry
beforeAll(() => {
  telemetry = startTelemetry()
})
afterAll(() => telemetry.close())

const open = () =>
  createRegistry({
    telemetry: { captureContent: true },
    secretEnv: { names: ['CANARY_ENV'], read: () => markers.fromEnv },
    secretProvider: {
      async read(reference) {
        if (reference === 'canary') return markers.fromProvider
        throw new Error(`the vault says ${markers.vaultError}`)
      },
    },
    timeouts: { connectMs: 5_000 },
  })

it('no secret comes out in a span or a metric, not even where content is captured', async () => {
  await using hostile = await startHostileHttp()
  // What the sessions themselves see is the matter of canary.test.ts.
  const aside = createLeakDetector(markers)
  {
    await using registry = await open()
    await librarySession(registry, hostile.url, markers, aside)
  }
  {
    await using registry = await open()
    const api = { url: 'http://localhost/graphql', send: createHandler(registry), hasProvider: true }
    await graphqlSession(overHttp(api, 'application/json', aside), hostile.url, markers, aside)
  }
  const detector = createLeakDetector(markers)
  for (const { name, attributes, status, events, links, resource } of telemetry.spans()) {
    detector.see(`the span ${name}`, { name, attributes, status, events, links, resource: resource.attributes })
  }
  detector.see('metrics', await telemetry.measured())
  const told = telemetry.spans().flatMap(({ attributes }) => attributes['gen_ai.tool.call.result'] ?? [])
  expect(told.length).toBeGreaterThan(0)
  expect(JSON.stringify(hostile.asked.map(({ request }) => request.headers))).toContain(tracesOf(markers.token).plain)
  expect(detector.count).toBeGreaterThan(20)
  detector.expectNothing()
})

it('nor one of OAuth', { timeout: 120_000 }, async () => {
  telemetry.reset()
  await using world = await startOAuthWorld()
  const aside = createLeakDetector(markers)
  {
    await using registry = await open()
    await oauthSession(oauthLibrary(registry, aside), world)
  }
  const detector = createDetectorOf(() => [...world.traces(), ...world.stateTraces()])
  for (const { name, attributes, status, events, links, resource } of telemetry.spans()) {
    detector.see(`the span ${name}`, { name, attributes, status, events, links, resource: resource.attributes })
  }
  detector.see('metrics', await telemetry.measured())
  expect(detector.count).toBeGreaterThan(20)
  detector.expectNothing()
})
