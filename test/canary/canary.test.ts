import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRegistry, type Registry } from '@toolyard/core'
import { sqliteStorage } from '@toolyard/core/sqlite'
import { createHandler, createNodeListener, useWebSocket } from '@toolyard/graphql'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { graphqlSession } from './graphql-session.ts'
import { startHostileHttp } from './hostile-servers.ts'
import { createLeakDetector, type LeakDetector } from './leak-detector.ts'
import { librarySession } from './library-session.ts'
import { createMarkers, spellingsOf, tracesOf } from './markers.ts'
import { whileServing } from './serving.ts'
import { overHttp, overWebSocket } from './transports.ts'

const markers = createMarkers()
let folder: string
let hostile: Awaited<ReturnType<typeof startHostileHttp>>
let detector: LeakDetector
let registry: Registry
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'toolyard-'))
  hostile = await startHostileHttp()
  detector = createLeakDetector(markers)
  registry = await open()
})
afterEach(async () => {
  await registry.close()
  await hostile[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

const open = () =>
  createRegistry({
    storage: sqliteStorage({ path: join(folder, 'registry.db') }),
    secretEnv: { names: ['CANARY_ENV'], read: () => markers.fromEnv },
    secretProvider: {
      async read(reference) {
        if (reference === 'canary') return markers.fromProvider
        throw new Error(`the vault says ${markers.vaultError}`)
      },
    },
    timeouts: { connectMs: 5_000 },
    // The provider's own words are for the operator; everything else is scrubbed for him too.
    onError: (error) => {
      if (!(error instanceof Error && error.message.startsWith('the vault says'))) detector.see('onError', error)
    },
  })

/** The servers were given the secrets: what does not come back did not get lost on the way. */
function expectSent(): void {
  const sent = JSON.stringify(hostile.asked.map(({ request }) => request.headers))
  for (const kind of ['token', 'header', 'templated', 'variable', 'fromEnv', 'fromProvider'] as const) {
    expect(sent, kind).toContain(tracesOf(markers[kind]).plain)
  }
}

async function expectNothing(): Promise<void> {
  expect(detector.count).toBeGreaterThan(50)
  detector.expectNothing()
  await detector.expectNothingIn(folder)
  await registry.close()
  await detector.expectNothingIn(folder)
  registry = await open()
  detector.see('list after a restart', await registry.servers.list())
  detector.expectNothing()
  expectSent()
}

describe('no secret comes out', () => {
  it('of the library', async () => {
    await librarySession(registry, hostile.url, markers, detector)
    await expectNothing()
  })

  it.each(['application/json', 'text/event-stream'])('of the API over HTTP as %s', async (accept) => {
    const handler = createHandler(registry, { onError: (error) => detector.see('masked error', error) })
    const api = { url: 'http://localhost/graphql', send: handler, hasProvider: true }
    await graphqlSession(overHttp(api, accept, detector), hostile.url, markers, detector)
    await expectNothing()
  })

  it('of the server, its log lines and its command line', async () => {
    await registry.close()
    const env = { CANARY_ENV: markers.fromEnv }
    const { log, commandLine } = await whileServing(join(folder, 'registry.db'), env, async (url) => {
      const api = { url, send: fetch, hasProvider: false }
      await graphqlSession(overHttp(api, 'application/json', detector), hostile.url, markers, detector)
      detector.see('metrics', await (await fetch(new URL('/metrics', url))).text())
    })
    detector.see('command line', commandLine ?? '')
    detector.see('log', log)
    registry = await open()
    await expectNothing()
  })

  it('of the API over WebSocket', async () => {
    const handler = createHandler(registry, { onError: (error) => detector.see('masked error', error) })
    const server = createServer(createNodeListener(handler)).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const bridge = useWebSocket(handler, { server })
    // A server that listens on a port has an AddressInfo.
    const { port } = server.address() as AddressInfo
    {
      await using transport = overWebSocket(`ws://127.0.0.1:${port}/graphql`, detector)
      await graphqlSession(transport, hostile.url, markers, detector)
    }
    await bridge.close()
    server.close()
    server.closeAllConnections()
    await expectNothing()
  })
})

it('the detector would see one, however it is spelled', () => {
  for (const [how, text] of Object.entries(spellingsOf(markers.token))) {
    const own = createLeakDetector(markers)
    own.see('somewhere', { nested: [new Error('x', { cause: { text } })] })
    expect(own.found(), how).toContainEqual(expect.stringMatching(/^token, /))
  }
})
