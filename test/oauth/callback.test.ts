import { hash } from 'node:crypto'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { readConsoleFiles } from '../../packages/toolyard/src/server/console-files.ts'
import { type Cookies, startOAuthServer } from '../fixtures/oauth/oauth-server.ts'
import { visit } from '../fixtures/oauth/visit.ts'

const over = 'Not connected: this sign-in has ended'
const otherBrowser = 'Not connected: this sign-in began in another browser'

describe('the browser that begins', () => {
  it('connects the server, once', async () => {
    await using all = await startOAuthServer()
    const id = await all.addServer('a <b> server')
    const browser: Cookies = new Map()
    const begun = await all.begin(id, browser)
    const cookie = browser.get(all.base)
    expect(cookie).toMatch(/^toolyard_oauth_[\da-f]{24}=default\.[\w-]{43}$/)
    expect(cookie).not.toContain(begun.state)
    const { back, response, page } = await all.consent(begun, browser)
    expect(response.status).toBe(200)
    expect(page).toContain('<h1>Connected: <bdi>a &lt;b&gt; server</bdi></h1>')
    // The cookie is taken away.
    expect(browser.get(all.base)).toBeUndefined()
    await expect.poll(() => all.registry.servers.get(id)).toMatchObject({ status: 'READY' })
    browser.set(all.base, cookie ?? '')
    const replayed = await fetch(back.url, { headers: { cookie: cookie ?? '' } })
    expect(replayed.status).toBe(400)
    expect(await replayed.text()).toContain(over)
    expect(all.authorizationServer.countByGrant()).toEqual({ authorization_code: 1 })
    expect(all.seen).toEqual([])
  })

  it('has several authorizations under way', async () => {
    await using all = await startOAuthServer()
    const ids = [await all.addServer('a'), await all.addServer('b')]
    const browser: Cookies = new Map()
    const begun = [await all.begin(ids[0] ?? '', browser), await all.begin(ids[1] ?? '', browser)]
    for (const one of begun.toReversed()) expect((await all.consent(one, browser)).response.status).toBe(200)
    for (const id of ids) expect(await all.registry.servers.get(id)).toMatchObject({ auth: { status: 'CONNECTED' } })
  })

  it('comes back by the name that it knows this machine by', async () => {
    await using all = await startOAuthServer()
    const id = await all.addServer('a')
    const { port } = new URL(all.base)
    const named = await fetch(`http://localhost:${port}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        query: `mutation { beginMcpAuth(input: { serverId: "${id}" }) { ... on BeginMcpAuthPayload { authorizationUrl } } }`,
      }),
    })
    const { data } = await named.json()
    const redirectUri = new URL(data.beginMcpAuth.authorizationUrl).searchParams.get('redirect_uri')
    expect(redirectUri).toBe(`http://localhost:${port}/oauth/callback`)
  })

  it('is too late after 10 minutes', async () => {
    await using all = await startOAuthServer()
    const browser: Cookies = new Map()
    const begun = await all.begin(await all.addServer('a'), browser)
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 600_001 })
    onTestFinished(() => void vi.useRealTimers())
    const { response, page } = await all.consent(begun, browser)
    expect(response.status).toBe(400)
    expect(page).toContain(over)
    expect(all.authorizationServer.countByGrant()).toEqual({})
  })
})

describe('another browser connects nothing, and uses nothing up:', () => {
  const another = `default.${'A'.repeat(43)}`
  it.each([
    ['one without cookies', () => undefined, otherBrowser],
    ['one with another secret', (cookie: string) => cookie.replace(/=.*/, `=${another}`), over],
    [
      'one with the cookie of another authorization',
      (cookie: string) => cookie.replace(/_[\da-f]+=/, '_0='),
      otherBrowser,
    ],
    [
      'one that names a tenant that is not there',
      (cookie: string) => cookie.replace('default', 'no-such-tenant'),
      otherBrowser,
    ],
    ['one with a cookie that was never set', (cookie: string) => cookie.replace(/=.*/, '=x'), otherBrowser],
  ])('%s', async (_, change, title) => {
    await using all = await startOAuthServer()
    const browser: Cookies = new Map()
    const begun = await all.begin(await all.addServer('a'), browser)
    const cookie = browser.get(all.base) ?? ''
    const tenants = vi.spyOn(all.registry, 'tenant')
    const back = await visit(begun.authorizationUrl)
    const changed = change(cookie)
    const refused = await fetch(back.url, { headers: changed === undefined ? {} : { cookie: changed } })
    expect(refused.status).toBe(400)
    expect(await refused.text()).toContain(title)
    if (title === otherBrowser) expect(tenants).not.toHaveBeenCalled()
    expect(all.authorizationServer.countByGrant()).toEqual({})
    const taken = await fetch(back.url, { headers: { cookie: `other=1; ${cookie}` } })
    expect(taken.status).toBe(200)
  })
})

describe('an answer is not used', () => {
  it('of another issuer: then the right one still is', async () => {
    await using all = await startOAuthServer()
    const browser: Cookies = new Map()
    const id = await all.addServer('a')
    all.authorizationServer.settings.authorize.iss = 'wrong'
    const begun = await all.begin(id, browser)
    const mixedUp = await all.consent(begun, browser)
    expect(mixedUp.response.status).toBe(400)
    expect(mixedUp.page).toContain('the response is not from the authorization server that was asked')
    expect(mixedUp.page).not.toContain('attacker.example')
    expect(all.authorizationServer.countByGrant()).toEqual({})
    all.authorizationServer.settings.authorize.iss = 'present'
    expect((await all.consent(begun, browser)).response.status).toBe(200)
  })

  it.each([
    ['without a state', '?code=a'],
    ['with an empty state', '?state=&code=a'],
    ['without parameters', ''],
    ['with a state twice', '?state=a&state=b&code=a'],
    ['with a code twice', '?state=a&code=a&code=b'],
    ['with a long state', `?state=${'a'.repeat(513)}&code=a`],
    ['with a long code', `?state=a&code=${'a'.repeat(4097)}`],
    ['with a long iss', `?state=a&code=a&iss=${'a'.repeat(2049)}`],
  ])('%s', async (_, query) => {
    await using all = await startOAuthServer()
    const response = await fetch(`${all.base}/oauth/callback${query}`)
    expect(response.status).toBe(400)
    expect(await response.text()).toContain('Not a valid authorization response')
  })

  it.each(['HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS'])('by %s', async (method) => {
    await using all = await startOAuthServer()
    const response = await fetch(`${all.base}/oauth/callback?state=a&code=a`, { method })
    expect(response.status).toBe(405)
    expect(response.headers.get('allow')).toBe('GET')
  })

  it('over a name that only leads here', async () => {
    await using all = await startOAuthServer()
    const { request } = await import('node:http')
    const { promise, resolve } = Promise.withResolvers<number | undefined>()
    const headers = { host: 'evil.example' }
    request(`${all.base}/oauth/callback?state=a&code=a`, { headers }, (response) => {
      resolve(response.resume().statusCode)
    }).end()
    expect(await promise).toBe(403)
  })
})

it('an authorization that was not given is said without the text of the authorization server', async () => {
  await using all = await startOAuthServer()
  const { authorize } = all.authorizationServer.settings
  authorize.error = { error: 'access_denied', description: 'CANARY-<script>alert(1)</script>' }
  const browser: Cookies = new Map()
  const id = await all.addServer('a')
  const { back, response, page } = await all.consent(await all.begin(id, browser), browser)
  expect(back.errorDescription).toContain('CANARY')
  expect(response.status).toBe(403)
  expect(page).toContain('access_denied')
  expect(page).not.toMatch(/CANARY|<script/)
  expect(browser.get(all.base)).toBeUndefined()
  expect(JSON.stringify(await all.registry.audit.list({ first: 50 }))).not.toContain('CANARY')
  authorize.error = { error: 'CANARY-of-a-code' }
  const again = await all.consent(await all.begin(id, browser), browser)
  expect(again.response.status).toBe(403)
  expect(again.page).not.toContain('CANARY')
})

it('an authorization server that fails is a page, too', async () => {
  await using all = await startOAuthServer()
  const browser: Cookies = new Map()
  const begun = await all.begin(await all.addServer('a'), browser)
  all.authorizationServer.fault = { status: 503, body: 'CANARY' }
  const { response, page } = await all.consent(begun, browser)
  expect(response.status).toBe(502)
  expect(page).toContain('the code is used up')
  expect(page).not.toContain('CANARY')
  expect(all.seen).toEqual([])
})

it('a registry that is closed uses nothing up', async () => {
  await using all = await startOAuthServer()
  const browser: Cookies = new Map()
  const begun = await all.begin(await all.addServer('a'), browser)
  const cookie = browser.get(all.base)
  await all.registry.close()
  const { response } = await all.consent(begun, browser)
  expect(response.status).toBe(503)
  expect(browser.get(all.base)).toBe(cookie)
  expect(all.authorizationServer.countByGrant()).toEqual({})
})

describe('the page', () => {
  it('runs nothing, is in no frame and no cache, and gives no referrer', async () => {
    await using all = await startOAuthServer()
    const response = await fetch(`${all.base}/oauth/callback?state=a&code=a`)
    const { headers, status } = response
    expect(status).toBe(400)
    const policy = headers.get('content-security-policy')
    expect(policy).toMatch(/^default-src 'none'; style-src 'sha256-[^']+'; /)
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).not.toMatch(/script|unsafe/)
    const [, style = ''] = /<style>(.*)<\/style>/s.exec(await response.text()) ?? []
    expect(policy).toContain(`'sha256-${hash('sha256', style, 'base64')}'`)
    expect(Object.fromEntries(headers)).toMatchObject({
      'cache-control': 'no-store',
      'content-type': 'text/html; charset=utf-8',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
    })
  })

  it('has a language and a title, and links to the server in the console if that is served', async () => {
    const console: NonNullable<ReturnType<typeof readConsoleFiles>> = new Map()
    await using all = await startOAuthServer({ console })
    const browser: Cookies = new Map()
    const id = await all.addServer('a')
    const { page } = await all.consent(await all.begin(id, browser), browser)
    expect(page).toContain('<html lang="en">')
    expect(page).toContain('<title>Connected: a · toolyard</title>')
    expect(page).toContain(`<a href="../servers/${id}">`)
    expect(page).not.toMatch(/<script|<link|<img|https?:/)
    await using without = await startOAuthServer()
    expect(await (await fetch(`${without.base}/oauth/callback?state=a&code=a`)).text()).not.toContain('<a ')
  })
})

describe('the cookie', () => {
  it('is for the callback alone, and not for scripts', async () => {
    await using all = await startOAuthServer()
    const { cookies } = await all.begin(await all.addServer('a'), new Map())
    expect(cookies).toHaveLength(1)
    expect(cookies[0]).toMatch(/^[^;]+; Max-Age=600; Path=\/oauth\/callback; HttpOnly; SameSite=Lax$/)
  })

  it.each([
    ['https://tools.example', '/oauth/callback'],
    ['https://tools.example/yard', '/yard/oauth/callback'],
  ])('is Secure at %s', async (publicUrl, path) => {
    await using all = await startOAuthServer({ publicUrl }, { oauth: { callbackUrl: `${publicUrl}/oauth/callback` } })
    const { cookies, authorizationUrl } = await all.begin(await all.addServer('a'), new Map())
    expect(cookies[0]).toMatch(new RegExp(`; Max-Age=600; Path=${path}; HttpOnly; SameSite=Lax; Secure$`))
    expect(new URL(authorizationUrl).searchParams.get('redirect_uri')).toBe(`${publicUrl}/oauth/callback`)
  })
})
