import { connect } from 'node:net'
import { describe, expect, it } from 'vitest'
import { type CallbackListener, listenForCallback } from './callback-listener.ts'

const state = 'the-state-of-the-authorization'

function ask({ redirectUri }: CallbackListener, query: string, init: RequestInit = {}): Promise<Response> {
  return fetch(`${redirectUri}${query}`, init)
}

describe('the listener for the browser that comes back', () => {
  it('takes the first answer with the right state, and shows a page that no cache keeps and that loads nothing', async () => {
    await using listener = await listenForCallback(0)
    const arriving = listener.arrival(state)
    const asked = ask(listener, `?code=a-code&iss=https%3A%2F%2Fas.example&state=${state}`)
    const { answer, show } = await arriving
    expect(answer).toEqual({ state, code: 'a-code', iss: 'https://as.example' })
    const late = await ask(listener, `?code=b&state=${state}`)
    expect(late.status).toBe(409)
    await show({ status: 200, title: '<b>&"', text: ['Done'] })
    const response = await asked
    expect(response.status).toBe(200)
    const { headers } = response
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('referrer-policy')).toBe('no-referrer')
    expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'sha256-/)
    const page = await response.text()
    expect(page).toMatch(/<h1>&lt;b&gt;&amp;&quot;<\/h1>\s*<p>Done<\/p>/)
    expect(page).not.toContain('a-code')
  })

  it.each([
    ['another state', `?code=c&state=${state}x`, {}, 400],
    ['no state', '?code=c', {}, 400],
    ['a code twice', `?code=c&code=d&state=${state}`, {}, 400],
    ['a state twice', `?code=c&state=${state}&state=${state}`, {}, 400],
    ['neither a code nor an error', `?state=${state}`, {}, 400],
    ['an empty code', `?code=&state=${state}`, {}, 400],
    ['another path', `/more?code=c&state=${state}`, {}, 404],
    ['another method', `?code=c&state=${state}`, { method: 'POST' }, 405],
    ['HEAD', `?code=c&state=${state}`, { method: 'HEAD' }, 405],
  ])('refuses %s, and goes on waiting', async (_, query, init, status) => {
    await using listener = await listenForCallback(0)
    const arriving = listener.arrival(state)
    const refused = await ask(listener, query, init)
    expect(refused.status).toBe(status)
    expect(refused.headers.get('cache-control')).toBe('no-store')
    if (status === 405) expect(refused.headers.get('allow')).toBe('GET')
    const asked = ask(listener, `?error=access_denied&state=${state}`)
    const { answer, show } = await arriving
    expect(answer).toEqual({ state, error: 'access_denied' })
    await show({ status: 400, title: 'No', text: ['No'] })
    expect((await asked).status).toBe(400)
  })

  it('refuses everything before it knows the state', async () => {
    await using listener = await listenForCallback(0)
    expect((await ask(listener, '?code=c&state=')).status).toBe(400)
  })

  it('has the same address each time if the port is free, and another one if it is not', async () => {
    const first = await listenForCallback(0)
    const port = Number(new URL(first.redirectUri).port)
    await using other = await listenForCallback(port)
    expect(other.redirectUri).not.toBe(first.redirectUri)
    await first[Symbol.asyncDispose]()
    await using again = await listenForCallback(port)
    expect(again.redirectUri).toBe(first.redirectUri)
  })

  it('ends the sockets of browsers that have asked nothing, or have no page yet', async () => {
    const listener = await listenForCallback(0)
    const silent = connect(Number(new URL(listener.redirectUri).port), '127.0.0.1')
    await new Promise((resolve) => silent.once('connect', resolve))
    const closed = new Promise((resolve) => silent.once('close', resolve))
    const arriving = listener.arrival(state)
    const asked = ask(listener, `?code=c&state=${state}`).catch((error: unknown) => error)
    await arriving
    await listener[Symbol.asyncDispose]()
    await closed
    expect(await asked).toBeInstanceOf(Error)
  })
})
