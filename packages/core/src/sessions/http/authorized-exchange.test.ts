import { Agent } from 'undici'
import { afterEach, expect, it } from 'vitest'
import { bearer, hanging, scriptedAuthorizer } from '../../../../../test/fixtures/mcp/scripted-authorizer.ts'
import { type Asked, type Script, startScripted } from '../../../../../test/fixtures/mcp/scripted-http.ts'
import { RegistryError } from '../../base/errors.ts'
import { defaultTenant } from '../../base/ids.ts'
import { createBudgetMeter } from '../../budgets/budget-meter.ts'
import { resolveBudgets } from '../../budgets/resolve-budgets.ts'
import { createAllowance, createRate } from '../incoming/rate.ts'
import { createHttpClient } from './http-client.ts'
import { AuthorizationError, HttpStatusError } from './http-errors.ts'

const open: (() => PromiseLike<void>)[] = []
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close()
})

/** A client of a server with `script`; `dispatches` counts what was handed to undici. */
async function connect(script: Script, authorizer = scriptedAuthorizer()) {
  const server = await startScripted(script)
  const agent = new Agent()
  open.push(
    () => server[Symbol.asyncDispose](),
    () => agent.destroy(),
  )
  const dispatches: string[] = []
  const dispatcher = agent.compose((dispatch) => (options, handler) => {
    dispatches.push(String(options.path))
    return dispatch(options, handler)
  })
  const rate = createRate(createAllowance(1_000))
  const meter = createBudgetMeter(resolveBudgets({}))
  const limits = { meter, bodyIdleMs: 60_000, readingSteps: [], tenantId: defaultTenant, rate }
  const waits = { begun: 0, ended: 0 }
  const onWait = () => {
    waits.begun += 1
    return () => {
      waits.ended += 1
    }
  }
  const url = new URL(server.url)
  const client = createHttpClient(dispatcher, url, limits, { authorizer, onWait })
  const plain = createHttpClient(dispatcher, url, limits)
  return { server, authorizer, client, plain, dispatches, waits }
}

const post = {
  method: 'POST' as const,
  wantsContent: true,
  headers: { 'content-type': 'application/json', 'x-mine': 'kept' },
  body: JSON.stringify({
    jsonrpc: '2.0',
    id: 1,
    method: 'tools/call',
    params: { arguments: { text: 'ä'.repeat(99) } },
  }),
}
const tokenOf = ({ request }: Asked) => request.headers.authorization
const refuse = ({ response }: Asked, headers: Record<string, string | string[]> = {}, status = 401) => {
  response.writeHead(status, headers).end('{"error":"no"}')
  return true
}

it('without an authorizer, and with a token at hand, a request is started before send returns', async () => {
  const { plain, client, dispatches, waits } = await connect(() => false)
  const first = plain.send(post)
  expect(dispatches).toHaveLength(1)
  const second = client.send(post)
  expect(dispatches).toHaveLength(2)
  await Promise.all([first.answer, second.answer])
  expect(waits).toEqual({ begun: 0, ended: 0 })
})

it('without an authorizer, a refusal and a nonce change nothing', async () => {
  const { plain, server } = await connect((asked) => refuse(asked, { 'dpop-nonce': 'n' }))
  await expect(plain.send(post).answer).rejects.toMatchObject({ details: { status: 401, isAuthorized: false } })
  expect(server.asked).toHaveLength(1)
  expect(server.asked.map(tokenOf)).toEqual([undefined])
})

it('the headers of the authorizer are added to those of the request, each time anew', async () => {
  const { client, authorizer, server } = await connect(() => false)
  await client.send({ ...post, headers: { ...post.headers, authorization: 'Basic mine' } }).answer
  authorizer.token = 'token-number-2'
  await client.send(post).answer
  expect(server.asked.map(tokenOf)).toEqual(['Bearer token-number-1', 'Bearer token-number-2'])
  expect(server.asked.map(({ request }) => request.headers['x-mine'])).toEqual(['kept', 'kept'])
})

it('a refused request is sent again with the body intact, and the authorizer gets all challenges', async () => {
  const challenges = ['Bearer error="invalid_token"', 'DPoP algs="ES256"']
  const { client, authorizer, server, waits } = await connect(
    (asked) =>
      tokenOf(asked) === 'Bearer token-number-1' &&
      refuse(asked, { 'www-authenticate': challenges, 'dpop-nonce': 'nonce-1' }),
  )
  authorizer.answeredBy = () => {
    authorizer.token = 'token-number-2'
    return true
  }
  const answer = await client.send(post).answer
  expect(answer.status).toBe(200)
  expect(server.asked.map(tokenOf)).toEqual(['Bearer token-number-1', 'Bearer token-number-2'])
  expect(server.asked.map(({ args }) => args)).toEqual([{ text: 'ä'.repeat(99) }, { text: 'ä'.repeat(99) }])
  expect(authorizer.answers).toEqual([{ status: 401, challenges, dpopNonce: 'nonce-1', sent: 'Bearer token-number-1' }])
  expect(waits).toEqual({ begun: 1, ended: 1 })
})

it.each([401, 403])('HTTP %s for ever is sent 3 times, and is the answer then', async (status) => {
  const { client, authorizer, server } = await connect((asked) => refuse(asked, {}, status))
  authorizer.answeredBy = () => Promise.resolve(true)
  await expect(client.send(post).answer).rejects.toMatchObject({ details: { status, isAuthorized: true } })
  expect(server.asked).toHaveLength(3)
  expect(authorizer.answers).toHaveLength(3)
})

it('refusals behind redirects count as one request', async () => {
  const { client, authorizer, server } = await connect((asked) => {
    const { request, response } = asked
    if (request.url !== '/mcp') return refuse(asked)
    response.writeHead(307, { location: '/there' }).end()
    return true
  })
  authorizer.answeredBy = () => true
  await expect(client.send(post).answer).rejects.toBeInstanceOf(HttpStatusError)
  expect(server.asked.map(({ request }) => request.url)).toEqual(['/mcp', '/there', '/there', '/there'])
})

it('a redirect within the origin is authorized for its own URL, and one beyond gets no headers', async () => {
  await using other = await startScripted()
  let location = '/there'
  const { client, authorizer, server } = await connect(({ request, response }) => {
    if (request.url !== '/mcp') return false
    response.writeHead(307, { location }).end()
    return true
  })
  authorizer.authorizeBy = ({ url }) => bearer(`for-${url.pathname}`)
  await client.send({ ...post, url: new URL(server.url) }).answer
  expect(server.asked.map(tokenOf)).toEqual(['Bearer for-/mcp', 'Bearer for-/there'])
  location = other.url
  await expect(client.send({ ...post, url: new URL(server.url) }).answer).rejects.toMatchObject({
    details: { status: 307 },
  })
  expect(other.asked).toEqual([])
})

it('a nonce of an answer that stands is remembered, and cannot harm the answer', async () => {
  const { client, authorizer, server, waits } = await connect(({ response }) => {
    response.setHeader('dpop-nonce', 'nonce-2')
    return false
  })
  authorizer.answeredBy = () => Promise.reject(new RegistryError('AUTH_REQUIRED', 'not now'))
  expect((await client.send(post).answer).status).toBe(200)
  expect(authorizer.answers).toMatchObject([{ status: 200, challenges: [], dpopNonce: 'nonce-2' }])
  authorizer.answeredBy = () => true
  expect((await client.send(post).answer).status).toBe(200)
  expect(server.asked).toHaveLength(2)
  expect(waits).toEqual({ begun: 0, ended: 0 })
})

it('what fails in the authorizer is told apart by whether the server had refused the request', async () => {
  const { client, authorizer, server } = await connect((asked) => refuse(asked))
  const cause = new RegistryError('AUTH_REQUIRED', 'sign in again')
  authorizer.authorizeBy = () => Promise.reject(cause)
  await expect(client.send(post).answer).rejects.toMatchObject({ cause, wasRefused: false })
  authorizer.authorizeBy = () => {
    throw cause
  }
  await expect(client.send(post).answer).rejects.toMatchObject({ cause, wasRefused: false })
  expect(server.asked).toEqual([])
  authorizer.authorizeBy = undefined
  authorizer.answeredBy = () => Promise.reject(cause)
  const error = await client.send(post).answer.catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(AuthorizationError)
  expect(error).toMatchObject({ cause, wasRefused: true })
})

it('an abort ends the wait for a token, and nothing is sent', async () => {
  const { client, authorizer, dispatches, waits } = await connect(() => false)
  const { begun, hang } = hanging<never>()
  let signal: AbortSignal | undefined
  authorizer.authorizeBy = (_request, given) => {
    signal = given
    return hang()
  }
  const exchange = client.send(post)
  await begun
  const reason = new Error('enough')
  exchange.abort(reason)
  await expect(exchange.answer).rejects.toBe(reason)
  await exchange.over
  expect(signal?.reason).toBe(reason)
  expect(dispatches).toEqual([])
  expect(waits).toEqual({ begun: 1, ended: 1 })
})

it('an abort ends the wait for what the authorizer makes of an answer, and nothing more is sent', async () => {
  const { client, authorizer, dispatches } = await connect((asked) => refuse(asked))
  const { begun, hang } = hanging<boolean>()
  authorizer.answeredBy = hang
  const exchange = client.send(post)
  await begun
  const reason = new Error('enough')
  exchange.abort(reason)
  await expect(exchange.answer).rejects.toBe(reason)
  await exchange.over
  expect(dispatches).toHaveLength(1)
})

it('an abort after the token has come, and before the request is sent, keeps it from being sent', async () => {
  const { client, authorizer, dispatches } = await connect(() => false)
  const token = Promise.withResolvers<ReturnType<typeof bearer>>()
  authorizer.authorizeBy = () => token.promise
  const exchange = client.send(post)
  token.resolve(bearer('late'))
  const reason = new Error('enough')
  exchange.abort(reason)
  await expect(exchange.answer).rejects.toBe(reason)
  expect(dispatches).toEqual([])
})
