import { readdirSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { consoleBuild } from '../browser/first-load.ts'
import { type Programs, type ServingHere, startPrograms } from '../fixtures/process/serving.ts'

interface Answer {
  readonly status: number | undefined
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Buffer
}

let programs: Programs
let serving: ServingHere
beforeAll(async () => {
  programs = await startPrograms()
  serving = await programs.serveHere()
})
afterAll(() => programs[Symbol.asyncDispose]())

/** The path goes out as it is written, which fetch would not do. */
function get(path: string, headers: Readonly<Record<string, string>> = {}, method = 'GET', base = serving.base) {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>()
  const { hostname, port } = new URL(base)
  request({ hostname, port, path, method, headers, agent: false }, (response) => {
    const { statusCode: status } = response
    buffer(response).then((body) => resolve({ status, headers: response.headers, body }), reject)
  })
    .on('error', reject)
    .end()
  return promise
}

const script = () => `/assets/${readdirSync(join(consoleBuild, 'assets')).find((name) => name.endsWith('.js'))}`

describe('the console of toolyard serve', () => {
  it('serves the page at / and at the addresses of its views', async () => {
    for (const path of ['/', '/?q=1', '/servers/new', '/servers/mcps_1', '/tools', '/runs', '/approvals', '/import']) {
      const { status, headers, body } = await get(path)
      expect(status).toBe(200)
      expect(headers['content-type']).toBe('text/html; charset=utf-8')
      expect(headers['cache-control']).toBe('no-cache')
      expect(body.toString()).toContain('<div id="root">')
    }
  })

  it('answers a browser that opens another address with the page, which says that there is nothing', async () => {
    const opened = await get('/tool', { 'sec-fetch-dest': 'document' })
    expect(opened.status).toBe(404)
    expect(opened.body.toString()).toContain('<div id="root">')
    const fetched = await get('/tool', { accept: 'text/html' })
    expect(fetched.status).toBe(404)
    expect(JSON.parse(fetched.body.toString())).toMatchObject({ errors: [{ extensions: { code: 'NOT_FOUND' } }] })
  })

  it('lets the page run its own files alone, in no frame', async () => {
    const { headers } = await get('/')
    const policy = String(headers['content-security-policy'])
    expect(policy).toContain("default-src 'none'")
    expect(policy).toMatch(/script-src 'self';/)
    expect(policy).not.toContain('unsafe-eval')
    expect(policy).toContain("frame-ancestors 'none'")
    expect(headers['x-content-type-options']).toBe('nosniff')
  })

  it('sends files compressed as they are asked for, to be kept for ever', async () => {
    const plain = await get(script())
    const br = await get(script(), { 'accept-encoding': 'gzip, br' })
    const gzip = await get(script(), { 'accept-encoding': 'br;q=0, gzip;q=0.5' })
    expect(plain.headers['cache-control']).toBe('public, max-age=31536000, immutable')
    expect([plain, br, gzip].map(({ headers }) => headers['content-encoding'])).toEqual([undefined, 'br', 'gzip'])
    expect(brotliDecompressSync(br.body)).toEqual(plain.body)
    expect(gunzipSync(gzip.body)).toEqual(plain.body)
    expect(br.headers.vary).toContain('Accept-Encoding')
  })

  it('answers HEAD without a body, and 304 for what is there already', async () => {
    const head = await get('/', {}, 'HEAD')
    expect(head.status).toBe(200)
    expect(head.body).toHaveLength(0)
    expect(Number(head.headers['content-length'])).toBeGreaterThan(100)
    const again = await get('/', { 'if-none-match': String(head.headers.etag) })
    expect(again.status).toBe(304)
    expect(again.body).toHaveLength(0)
  })

  it.each([
    '/assets/../../package.json',
    '/assets/%2e%2e/%2e%2e/package.json',
    '/../package.json',
    '/assets/none.js',
    '/.vite/manifest.json',
    '/index.html.br',
    '/nothing',
  ])('has nothing at %s', async (path) => {
    expect((await get(path)).status).toBe(404)
  })

  it('takes nothing but reading there, and leaves the API where it is', async () => {
    expect((await get('/', {}, 'POST')).status).toBe(404)
    const api = await fetch(serving.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{ __typename }' }),
    })
    expect(await api.json()).toEqual({ data: { __typename: 'Query' }, extensions: expect.anything() })
    expect((await get('/health')).status).toBe(200)
  })

  it('refuses names that lead here from elsewhere', async () => {
    expect((await get('/', { host: 'attacker.example' })).status).toBe(403)
  })

  it('is left out by a flag or a variable', async () => {
    const { base } = await programs.serveHere(['--console', 'false'])
    const { status, headers } = await get('/', {}, 'GET', base)
    expect(status).toBe(307)
    expect(headers.location).toBe('/graphql')
    expect((await get('/servers/new', {}, 'GET', base)).status).toBe(404)
  })

  it('is a matter of true and false alone', async () => {
    const { base } = await programs.serveHere([], { TOOLYARD_CONSOLE: 'false' })
    expect((await get('/', {}, 'GET', base)).status).toBe(307)
    const refused = programs.toolyard(['serve', '--console', 'maybe'])
    expect((await refused.exit)[0]).toBe(2)
    expect(refused.stderr()).toContain('--console is "maybe", takes true, false')
  })
})
