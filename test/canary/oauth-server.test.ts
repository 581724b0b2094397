import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { visit } from '../fixtures/oauth/visit.ts'
import { createDetectorOf } from './leak-detector.ts'
import { oauthGraphql } from './oauth-graphql-api.ts'
import { oauthSession } from './oauth-session.ts'
import { type OAuthWorld, startOAuthWorld } from './oauth-world.ts'
import { whileServing } from './serving.ts'
import { overHttp } from './transports.ts'

const begin = `mutation ($id: ID!) { beginMcpAuth(input: { serverId: $id }) { ... on BeginMcpAuthPayload { authorizationUrl state } } }`

/** Connects in a browser that comes back to the server itself, once whole and once with an error. */
async function signIn(url: string, world: OAuthWorld, id: string): Promise<string> {
  let pages = ''
  for (const error of [null, { error: 'access_denied', description: 'a-description-of-the-server' }]) {
    world.authorizationServer.settings.authorize.error = error
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: begin, variables: { id } }),
    })
    const { data } = await response.json()
    world.states.add(data.beginMcpAuth.state)
    const cookie = response.headers.getSetCookie().map((each) => each.split(';', 1)[0])
    const cookies = new Map([[new URL(url).origin, cookie.join('; ')]])
    const back = await visit(data.beginMcpAuth.authorizationUrl, { cookies, requestRedirect: true })
    pages += await back.response?.text()
  }
  world.authorizationServer.settings.authorize.error = null
  return pages
}

it('no secret of OAuth comes out of the server, its pages, its log lines, its metrics or its database', {
  timeout: 120_000,
}, async () => {
  await using world = await startOAuthWorld()
  const folder = await mkdtemp(join(tmpdir(), 'toolyard-'))
  const detector = createDetectorOf(() => world.traces())
  const everywhereElse = createDetectorOf(() => [...world.traces(), ...world.stateTraces()])
  const { log } = await whileServing(join(folder, 'registry.db'), {}, async (url) => {
    const transport = overHttp({ url, send: fetch, hasProvider: false }, 'application/json', detector)
    const api = oauthGraphql(transport, everywhereElse)
    await oauthSession(api, world)
    const id = await api.create('by browser', world.server.url, {})
    const pages = await signIn(url, world, id)
    expect(pages).toContain('Connected')
    expect(pages).not.toContain('a-description-of-the-server')
    everywhereElse.see('pages', pages)
    await api.look(id)
    everywhereElse.see('metrics', await (await fetch(new URL('/metrics', url))).text())
    await everywhereElse.expectNothingIn(folder)
  })
  everywhereElse.see('log', log)
  await everywhereElse.expectNothingIn(folder)
  expect(detector.count).toBeGreaterThan(200)
  detector.expectNothing()
  everywhereElse.expectNothing()
  await rm(folder, { recursive: true })
})
