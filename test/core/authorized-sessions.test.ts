import { describe, expect, it } from 'vitest'
import { RegistryError } from '../../packages/core/src/base/errors.ts'
import { httpKinds, openAuthorizedPool } from '../fixtures/mcp/authorized-pool.ts'
import { bearer, hanging, scriptedAuthorizer } from '../fixtures/mcp/scripted-authorizer.ts'
import { type Asked, openEvents, type Script } from '../fixtures/mcp/scripted-http.ts'
import { acknowledge } from '../fixtures/mcp/scripted-modern.ts'

const tokenOf = ({ request }: Pick<Asked, 'request'>) => request.headers.authorization?.slice('Bearer '.length)

function refuse({ response }: Asked, status = 401): true {
  response.writeHead(status, { 'www-authenticate': 'Bearer error="invalid_token"' }).end()
  return true
}

/** A server that takes the tokens of `valid` alone. */
const guard =
  (valid: Set<string>, next: Script = () => false): Script =>
  (asked) =>
    valid.has(tokenOf(asked) ?? '') ? next(asked) : refuse(asked)

const onCall =
  (script: Script): Script =>
  (asked) =>
    asked.method === 'tools/call' && script(asked)

describe.each(httpKinds)('%s', (kind) => {
  it('each request of a session has the token of its time, and no dial is needed for another one', async () => {
    const authorizer = scriptedAuthorizer()
    await using opened = await openAuthorizedPool(authorizer, { kind })
    const { server, pool, call } = opened
    expect(await call({ n: 1 })).toMatchObject({ kind: 'ANSWERED' })
    authorizer.token = 'token-number-2'
    expect(await call({ n: 2 })).toMatchObject({ kind: 'ANSWERED' })
    expect(server.asked.map(tokenOf)).not.toContain(undefined)
    const calls = server.asked.filter(({ method }) => method === 'tools/call')
    expect(calls.map(tokenOf)).toEqual(['token-number-1', 'token-number-2'])
    expect(pool.opened).toBe(1)
    expect(opened.phases).toEqual(['CONNECTING', 'NEGOTIATING'])
  })

  it('a token that expires in the middle of a session is renewed, and the call goes on unnoticed', async () => {
    const authorizer = scriptedAuthorizer()
    const valid = new Set(['token-number-1'])
    await using opened = await openAuthorizedPool(authorizer, { kind, script: guard(valid) })
    const { server, pool, call } = opened
    await call({ n: 1 })
    valid.delete('token-number-1')
    valid.add('token-number-2')
    authorizer.answeredBy = async () => {
      authorizer.token = 'token-number-2'
      return true
    }
    expect(await call({ n: 2 })).toMatchObject({
      kind: 'ANSWERED',
      result: { content: [{ type: 'text', text: '{"n":2}' }] },
    })
    const calls = server.asked.filter(({ method, args }) => method === 'tools/call' && args.n === 2)
    expect(calls.map(tokenOf)).toEqual(['token-number-1', 'token-number-2'])
    expect(authorizer.answers).toMatchObject([{ status: 401, challenges: ['Bearer error="invalid_token"'] }])
    expect(pool.opened).toBe(1)
    // The phases are those of a dial: this was none.
    expect(opened.phases).not.toContain('AUTHORIZING')
  })

  it('a dial that is refused is authorized, tells so, and goes on in the same era', async () => {
    const authorizer = scriptedAuthorizer('stale-token')
    await using opened = await openAuthorizedPool(authorizer, { kind, script: guard(new Set(['token-number-2'])) })
    authorizer.answeredBy = () => {
      authorizer.token = 'token-number-2'
      return true
    }
    expect(await opened.call()).toMatchObject({ kind: 'ANSWERED' })
    expect(opened.phases[0]).toBe('CONNECTING')
    expect(opened.phases.at(-1)).toBe('AUTHORIZING')
    expect(authorizer.answers).toHaveLength(1)
  })

  it('a dial that only the owner can authorize ends with the error of the authorizer', async () => {
    const authorizer = scriptedAuthorizer()
    await using opened = await openAuthorizedPool(authorizer, {
      kind,
      protocolEra: 'AUTO',
      script: (asked) => refuse(asked),
    })
    const details = { authentication: 'OAUTH', scopes: ['tools'], httpStatus: 401 } as const
    authorizer.answeredBy = () => Promise.reject(new RegistryError('AUTH_REQUIRED', 'Sign in again', { details }))
    await expect(opened.call()).rejects.toMatchObject({ code: 'AUTH_REQUIRED', message: 'Sign in again', details })
    expect(opened.server.asked).toHaveLength(1)
  })

  it('a dial whose authorizer has no token sends nothing', async () => {
    const authorizer = scriptedAuthorizer()
    authorizer.authorizeBy = () => Promise.reject(new RegistryError('AUTH_REQUIRED', 'Sign in first'))
    await using opened = await openAuthorizedPool(authorizer, { kind, protocolEra: 'AUTO' })
    await expect(opened.call()).rejects.toMatchObject({ code: 'AUTH_REQUIRED', message: 'Sign in first' })
    expect(opened.server.asked).toEqual([])
    expect(opened.phases).toContain('AUTHORIZING')
  })

  it('a call that is refused for ever is sent 3 times, and keeps the session', async () => {
    const authorizer = scriptedAuthorizer()
    await using opened = await openAuthorizedPool(authorizer, { kind, script: onCall((asked) => refuse(asked)) })
    const { server, pool, call } = opened
    authorizer.answeredBy = () => true
    const outcome = await call()
    expect(outcome).toMatchObject({
      kind: 'REFUSED',
      error: { code: 'AUTH_REQUIRED', details: { httpStatus: 401, authentication: 'OAUTH' } },
    })
    expect(server.count('tools/call')).toBe(3)
    expect(await opened.use((session) => session.listTools(undefined, asked()))).toMatchObject({
      nextCursor: undefined,
    })
    expect(pool.opened).toBe(1)
  })

  it('what the authorizer rejects with is the error of the call: refused after an answer, not sent before one', async () => {
    const authorizer = scriptedAuthorizer()
    await using opened = await openAuthorizedPool(authorizer, { kind, script: onCall((asked) => refuse(asked, 403)) })
    const { server, pool, call } = opened
    const error = new RegistryError('AUTH_REQUIRED', 'Sign in again', { details: { httpStatus: 403 } })
    authorizer.answeredBy = () => Promise.reject(error)
    expect(await call()).toMatchObject({
      kind: 'REFUSED',
      error: { code: 'AUTH_REQUIRED', details: { httpStatus: 403 } },
    })
    server.forget()
    authorizer.authorizeBy = () => Promise.reject(new RegistryError('TIMEOUT', 'No token', { retryable: true }))
    expect(await call()).toMatchObject({ kind: 'NOT_SENT', error: { code: 'TIMEOUT', message: 'No token' } })
    expect(server.asked).toEqual([])
    authorizer.authorizeBy = undefined
    await opened.use((session) => session.listTools(undefined, asked()))
    expect(pool.opened).toBe(1)
  })

  it.each(['authorize', 'answered'] as const)('an abort ends a call whose %s hangs', async (where) => {
    const authorizer = scriptedAuthorizer()
    const { begun, hang } = hanging<never>()
    await using opened = await openAuthorizedPool(authorizer, { kind, script: onCall((asked) => refuse(asked)) })
    const { server, call } = opened
    await opened.use((session) => session.listTools(undefined, asked()))
    if (where === 'authorize') authorizer.authorizeBy = hang
    else authorizer.answeredBy = hang
    const aborting = new AbortController()
    const outcome = call({}, aborting.signal)
    await begun
    aborting.abort(new RegistryError('CANCELED', 'enough'))
    const ended = await outcome
    expect(ended).toMatchObject({ kind: 'CANCELED', error: { message: 'enough' } })
    expect(server.count('tools/call')).toBe(where === 'authorize' ? 0 : 1)
  })

  it('connectMs holds over a dial whose authorizer hangs', async () => {
    const authorizer = scriptedAuthorizer()
    authorizer.authorizeBy = hanging<never>().hang
    await using opened = await openAuthorizedPool(authorizer, { kind, connectMs: 100 })
    await expect(opened.call()).rejects.toMatchObject({
      code: 'TIMEOUT',
      message: expect.stringContaining('connectMs'),
    })
    expect(opened.server.asked).toEqual([])
  })

  it('the nonce of a successful answer is remembered', async () => {
    const authorizer = scriptedAuthorizer()
    const script: Script = ({ response }) => {
      response.setHeader('dpop-nonce', 'nonce-1')
      return false
    }
    await using opened = await openAuthorizedPool(authorizer, { kind, script })
    expect(await opened.call()).toMatchObject({ kind: 'ANSWERED' })
    expect(authorizer.answers.length).toBeGreaterThan(0)
    for (const { dpopNonce, status } of authorizer.answers) {
      expect(dpopNonce).toBe('nonce-1')
      expect([200, 202, 405]).toContain(status)
    }
  })

  it('a redirect within the origin is authorized for its own URL', async () => {
    const authorizer = scriptedAuthorizer()
    authorizer.authorizeBy = ({ url }) => bearer(`for-${url.pathname}`)
    const script: Script = ({ request, response }) => {
      const { url = '' } = request
      if (url !== '/sse/messages' && url !== '/mcp') return false
      response.writeHead(307, { location: url === '/mcp' ? '/moved' : '/sse/moved' }).end()
      return true
    }
    await using opened = await openAuthorizedPool(authorizer, { kind, script })
    expect(await opened.call()).toMatchObject({ kind: 'ANSWERED' })
    for (const { request } of opened.server.asked) expect(tokenOf({ request })).toBe(`for-${request.url}`)
  })

  it('no text of the server shows a token', async () => {
    const authorizer = scriptedAuthorizer()
    const script: Script = (asked) => {
      const { method, id, response } = asked
      if (method !== 'tools/call') return false
      const text = `you sent ${tokenOf(asked)}`
      const error = { code: -32000, message: text, data: text }
      if (kind === 'HTTP+SSE') {
        response.writeHead(400, { 'content-type': 'application/json' })
        response.end(JSON.stringify({ jsonrpc: '2.0', id, error }))
        return true
      }
      const send = openEvents(asked)
      send({ method: 'notifications/message', params: { level: 'info', data: text } })
      send({ id, error })
      response.end()
      return true
    }
    await using opened = await openAuthorizedPool(authorizer, { kind, script })
    const outcome = await opened.call()
    expect(outcome).toMatchObject({ kind: 'REFUSED', error: { message: expect.stringContaining('[sealed]') } })
    const error = 'error' in outcome ? outcome.error : undefined
    expect(textsOf(error)).not.toContain('token-number')
    expect(opened.outputs).toEqual(kind === 'HTTP+SSE' ? [] : [{ stream: 'LOG', text: 'info: you sent [sealed]' }])
  })
})

const asked = () => ({ requestMs: 10_000, signal: new AbortController().signal })

/** All that a logger shows of an error. */
function textsOf(error: unknown): string {
  const parts: string[] = []
  for (let at = error; at instanceof Error; at = at.cause) parts.push(at.message, at.stack ?? '', JSON.stringify(at))
  return parts.join('\n')
}

it('the stream of a call is resumed with the token of that time, after a refusal of the resumption as well', async () => {
  const authorizer = scriptedAuthorizer()
  const valid = new Set(['token-number-1'])
  let callId: Asked['id']
  const script = guard(valid, (received) => {
    const { method, id, request, response } = received
    if (method === 'tools/call') {
      callId = id
      openEvents(received)({ method: 'notifications/message', params: { level: 'info', data: 'begun' } }, 'event-1')
      // From here on the token is stale.
      valid.clear()
      valid.add('token-number-2')
      response.end()
      return true
    }
    if (request.headers['last-event-id'] !== 'event-1') return false
    openEvents(received)({ id: callId, result: { content: [{ type: 'text', text: 'resumed' }] } })
    response.end()
    return true
  })
  await using opened = await openAuthorizedPool(authorizer, { kind: 'streamable HTTP', script })
  authorizer.answeredBy = () => {
    authorizer.token = 'token-number-2'
    return true
  }
  expect(await opened.call()).toMatchObject({ kind: 'ANSWERED', result: { content: [{ text: 'resumed' }] } })
  const resumptions = opened.server.asked.filter(({ request }) => request.headers['last-event-id'] !== undefined)
  expect(resumptions.map(tokenOf)).toEqual(['token-number-1', 'token-number-2'])
  expect(opened.server.count('tools/call')).toBe(1)
})

it('a call whose stream only the owner can have resumed ends with the error of the authorizer', async () => {
  const authorizer = scriptedAuthorizer()
  const script: Script = (received) => {
    const { method, request, response } = received
    if (request.headers['last-event-id'] !== undefined) return refuse(received)
    if (method !== 'tools/call') return false
    openEvents(received)({ method: 'notifications/message', params: { level: 'info', data: 'begun' } }, 'event-1')
    response.end()
    return true
  }
  await using opened = await openAuthorizedPool(authorizer, { kind: 'streamable HTTP', script })
  authorizer.answeredBy = () => Promise.reject(new RegistryError('AUTH_REQUIRED', 'Sign in again'))
  expect(await opened.call()).toMatchObject({
    kind: 'LOST',
    error: { code: 'AUTH_REQUIRED', message: 'Sign in again' },
  })
  expect(authorizer.answers).toHaveLength(1)
})

it('the stream of notifications and the end of a session are authorized', async () => {
  const authorizer = scriptedAuthorizer()
  await using opened = await openAuthorizedPool(authorizer, { kind: 'streamable HTTP' })
  const listening = opened.server.next('GET')
  await opened.call()
  expect(tokenOf(await listening)).toBe('token-number-1')
  authorizer.token = 'token-number-2'
  const ended = opened.server.next('DELETE')
  opened.pool.retire(opened.target.serverId)
  expect(tokenOf(await ended)).toBe('token-number-2')
})

it('a modern subscription is authorized each time that it is opened', async () => {
  const authorizer = scriptedAuthorizer()
  const valid = new Set(['token-number-1'])
  const script = guard(valid, (received) => {
    if (received.method !== 'subscriptions/listen') return false
    acknowledge(received)
    return true
  })
  await using opened = await openAuthorizedPool(authorizer, { kind: 'modern HTTP', script })
  authorizer.answeredBy = () => {
    authorizer.token = 'token-number-2'
    return true
  }
  // A stream that is acknowledged once more: what changed meanwhile is not known.
  const changed = Promise.withResolvers<void>()
  opened.pool.onListChanged(() => changed.resolve())
  const first = opened.server.next('subscriptions/listen')
  await opened.use((session) => session.listTools(undefined, asked()))
  const { response } = await first
  valid.clear()
  valid.add('token-number-2')
  response.end()
  await changed.promise
  const listening = opened.server.asked.filter(({ method }) => method === 'subscriptions/listen')
  expect(listening.map(tokenOf)).toEqual(['token-number-1', 'token-number-1', 'token-number-2'])
})

it('the time that a token takes does not count as silence of a modern server', async () => {
  const authorizer = scriptedAuthorizer('stale-token')
  // Half of it is how long a server of unknown era may be silent.
  const connectMs = 1_000
  await using opened = await openAuthorizedPool(authorizer, {
    kind: 'modern HTTP',
    protocolEra: 'AUTO',
    connectMs,
    script: guard(new Set(['token-number-2'])),
  })
  authorizer.answeredBy = async () => {
    await new Promise((resolve) => setTimeout(resolve, connectMs * 0.6))
    authorizer.token = 'token-number-2'
    return true
  }
  expect(await opened.call()).toMatchObject({ kind: 'ANSWERED' })
  expect(opened.server.count('initialize')).toBe(0)
  expect(opened.server.count('server/discover')).toBe(2)
})

it('a legacy server of unknown era is found as such by its second answer', async () => {
  const authorizer = scriptedAuthorizer('stale-token')
  const script = guard(new Set(['token-number-2']), (received) => {
    if (received.method !== 'server/discover') return false
    received.response.writeHead(400).end()
    return true
  })
  await using opened = await openAuthorizedPool(authorizer, { kind: 'streamable HTTP', protocolEra: 'AUTO', script })
  authorizer.answeredBy = () => {
    authorizer.token = 'token-number-2'
    return true
  }
  expect(await opened.call()).toMatchObject({ kind: 'ANSWERED' })
  expect(opened.server.asked.map(({ method }) => method).slice(0, 3)).toEqual([
    'server/discover',
    'server/discover',
    'initialize',
  ])
})

it.each(httpKinds)('%s: a server that names OAuth, and has no credentials, says what to do', async (kind) => {
  const challenge = 'Bearer resource_metadata="http://127.0.0.1/meta", scope="tools:read tools:call"'
  const script: Script = ({ response }) => {
    response.writeHead(401, { 'www-authenticate': challenge }).end()
    return true
  }
  await using opened = await openAuthorizedPool(undefined, { kind, script, protocolEra: 'AUTO' })
  await expect(opened.call()).rejects.toMatchObject({
    code: 'AUTH_REQUIRED',
    message: expect.stringMatching(/asks for authorization by OAuth \(HTTP 401\); connect it first$/),
    details: { httpStatus: 401, authentication: 'OAUTH', scopes: ['tools:read', 'tools:call'] },
  })
  expect(opened.server.asked).toHaveLength(1)
})
