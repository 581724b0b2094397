import { once } from 'node:events'
import { request } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { addKey } from '../fixtures/process/api-keys.ts'
import { type Programs, type ServingHere, startPrograms } from '../fixtures/process/serving.ts'

const query = '{ __typename }'
const feed = 'subscription { mcpServerEvents(heartbeatMs: 1000) { __typename } }'

interface Kind {
  readonly args: readonly string[]
  /** Which Hosts are taken beside `127.0.0.1:PORT`. */
  readonly hosts: readonly string[]
  /** Which origins are taken whatever the Host. */
  readonly origins: readonly string[]
}

const kinds: Readonly<Record<string, Kind>> = {
  'open to this machine': { args: [], hosts: ['localhost:PORT', '[::1]:PORT', 'localhost'], origins: [] },
  'open to this machine, with origins': {
    args: ['--allowed-origins', 'https://app.example,http://127.0.0.1:9'],
    hosts: ['localhost:PORT', '[::1]:PORT', 'localhost', 'app.example'],
    origins: ['https://app.example'],
  },
  'reachable, with keys': {
    args: ['--host', '0.0.0.0', '--api-keys', 'keys.json', '--allowed-origins', 'https://app.example'],
    hosts: ['localhost:PORT', '[::1]:PORT', 'localhost', 'app.example', 'evil.example', '169.254.169.254'],
    origins: ['https://app.example'],
  },
}
const hosts = [
  '127.0.0.1:PORT',
  'localhost:PORT',
  '[::1]:PORT',
  'localhost',
  'app.example',
  'evil.example',
  '169.254.169.254',
]
const origins = [
  undefined,
  'http://127.0.0.1:PORT',
  'http://localhost:PORT',
  'http://localhost:1',
  'https://app.example',
  'http://app.example',
  'http://evil.example',
  'https://app.example.evil.example',
  'null',
]

let programs: Programs
let key: string
const inFolder = (arg: string) => (arg === 'keys.json' ? join(programs.folder, arg) : arg)
const servers = new Map<string, ServingHere>()
beforeAll(async () => {
  programs = await startPrograms()
  key = (await addKey(join(programs.folder, 'keys.json'), 'read')).key
  const started = Object.entries(kinds).map(
    async ([name, { args }]) => [name, await programs.serveHere(args.map(inFolder))] as const,
  )
  for (const [name, serving] of await Promise.all(started)) servers.set(name, serving)
})
afterAll(() => programs[Symbol.asyncDispose]())

function serverOf(name: string): ServingHere {
  const serving = servers.get(name)
  if (!serving) throw new Error(`expected a server that is ${name}`)
  return serving
}

interface Answer {
  readonly status: number | undefined
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly start: string
}

/** The status, the headers and the first bytes of what comes back. */
async function send(
  { base }: ServingHere,
  sent: { method: string; path?: string; headers: Record<string, string>; body?: string },
): Promise<Answer> {
  const { port } = new URL(base)
  const { method, path = '/graphql', headers, body } = sent
  const client = request({ host: '127.0.0.1', port, method, path, headers, agent: false }).end(body)
  const answered = once(client, 'response')
  const upgraded = once(client, 'upgrade')
  const [response, socket] = await Promise.race([answered, upgraded])
  if (socket) {
    socket.destroy()
    return { status: response.statusCode, headers: response.headers, start: '' }
  }
  const [chunk] = await Promise.race([once(response, 'data'), once(response, 'end')])
  client.destroy()
  return { status: response.statusCode, headers: response.headers, start: String(chunk ?? '') }
}

const json = { 'content-type': 'application/json' }
type Headers = Record<string, string>
const transports: Readonly<Record<string, (serving: ServingHere, headers: Headers) => Promise<Answer>>> = {
  POST: (serving, headers) =>
    send(serving, { method: 'POST', headers: { ...json, ...headers }, body: JSON.stringify({ query }) }),
  GET: (serving, headers) =>
    send(serving, { method: 'GET', path: `/graphql?query=${encodeURIComponent(query)}`, headers }),
  'an event stream': (serving, headers) =>
    send(serving, {
      method: 'POST',
      headers: { ...json, accept: 'text/event-stream', ...headers },
      body: JSON.stringify({ query: feed }),
    }),
  'a WebSocket upgrade': (serving, headers) =>
    send(serving, {
      method: 'GET',
      headers: {
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
        'sec-websocket-protocol': 'graphql-transport-ws',
        ...headers,
      },
    }),
}

describe.each(Object.entries(kinds))('a server that is %s', (name, kind) => {
  describe.each(Object.entries(transports))('over %s', (transport, ask) => {
    it.each(hosts)('takes requests to %s of no page, of its own and of named ones alone', async (hostForm) => {
      const serving = serverOf(name)
      const { port } = new URL(serving.base)
      const host = hostForm.replace('PORT', port)
      const answers = await Promise.all(
        origins.map(async (form) => {
          const origin = form?.replace('PORT', port)
          const authorization = `Bearer ${key}`
          const answer = await ask(serving, { host, authorization, ...(origin ? { origin } : {}) })
          const isHost = hostForm === '127.0.0.1:PORT' || kind.hosts.includes(hostForm)
          const isOrigin =
            origin === undefined || kind.origins.includes(origin) || new URL(`http://${host}`).host === hostOf(origin)
          return { origin, answer, isTaken: isHost && isOrigin }
        }),
      )
      const success = transport === 'a WebSocket upgrade' ? 101 : 200
      expect(answers.map(({ origin, answer }) => [origin, answer.status])).toEqual(
        answers.map(({ origin, isTaken }) => [origin, isTaken ? success : 403]),
      )
      for (const { origin, answer, isTaken } of answers) {
        const isNamed = origin !== undefined && kind.origins.includes(origin) && isTaken && success === 200
        expect(answer.headers['access-control-allow-origin']).toBe(isNamed ? origin : undefined)
        if (answer.status === 403 && success === 200)
          expect(JSON.parse(answer.start)).toMatchObject({ errors: [{ extensions: { code: 'FORBIDDEN' } }] })
      }
    })
  })
})

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined
}

describe('a browser that asks before it sends', () => {
  const preflight = (origin: string): Headers => ({
    origin,
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'authorization,content-type',
  })
  const asking = (name: string, origin: string) => {
    const serving = serverOf(name)
    return send(serving, { method: 'OPTIONS', headers: preflight(origin) })
  }

  it('is let for a named origin, without a key, and without credentials of its own', async () => {
    for (const name of ['open to this machine, with origins', 'reachable, with keys']) {
      const { status, headers } = await asking(name, 'https://app.example')
      expect(status).toBe(204)
      expect(headers).toMatchObject({
        'access-control-allow-origin': 'https://app.example',
        'access-control-allow-methods': 'GET, POST',
        'access-control-allow-headers': 'Authorization, Content-Type, Traceparent, Tracestate',
        vary: 'Origin',
      })
      expect(headers['access-control-allow-credentials']).toBeUndefined()
    }
  })

  it.each(['https://evil.example', 'null', 'http://app.example'])('is not for %s', async (origin) => {
    for (const name of servers.keys()) {
      const { status, headers } = await asking(name, origin)
      expect(status).toBe(403)
      expect(headers['access-control-allow-origin']).toBeUndefined()
    }
  })
})

describe('a request that a page can send without asking', () => {
  const mutation = 'mutation { deleteMcpServer(input: { id: "mcps_a" }) { __typename } }'
  const body = JSON.stringify({ query: mutation })
  it.each([
    ['a form', 'application/x-www-form-urlencoded', `query=${encodeURIComponent(mutation)}`],
    [
      'a form in parts',
      'multipart/form-data; boundary=a',
      `--a\r\nContent-Disposition: form-data; name="operations"\r\n\r\n${body}\r\n--a--\r\n`,
    ],
    ['text', 'text/plain', body],
    ['text that says it is JSON', 'text/plain; application/json', body],
    ['a document', 'application/graphql', mutation],
    ['JSON of another kind', 'application/graphql+json', body],
    ['JSON by a name that is longer', 'application/json-patch+json', body],
    ['no type', undefined, body],
  ])('is refused with 415, as %s', async (_, type, text) => {
    const serving = serverOf('open to this machine')
    const { status, start } = await send(serving, {
      method: 'POST',
      headers: type ? { 'content-type': type } : {},
      body: text,
    })
    expect(status).toBe(415)
    expect(JSON.parse(start)).toEqual({
      errors: [{ message: expect.any(String), extensions: { code: 'BAD_REQUEST' } }],
    })
  })

  it.each(['GET', 'HEAD', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])('changes nothing by %s', async (method) => {
    const serving = serverOf('open to this machine')
    const path = `/graphql?query=${encodeURIComponent(mutation)}`
    const { status, start } = await send(serving, { method, path, headers: {} })
    expect(status).toBe(405)
    if (method !== 'HEAD')
      expect(JSON.parse(start)).toMatchObject({ errors: [{ extensions: { code: 'BAD_REQUEST' } }] })
  })
})

describe('a body', () => {
  it.each([
    'application/json',
    'application/json; charset=utf-8',
    'APPLICATION/JSON',
    'application/graphql-response+json',
  ])('of %s is taken', async (type) => {
    const serving = serverOf('open to this machine')
    const answer = await send(serving, {
      method: 'POST',
      headers: { 'content-type': type },
      body: JSON.stringify({ query }),
    })
    expect(answer).toMatchObject({ status: 200, start: expect.stringMatching(/^{"data":{"__typename":"Query"}[,}]/) })
  })

  it.each(['null', '1', '[]', '{', '"a"'])("of %s is refused with 400, in GraphQL's form", async (body) => {
    const serving = serverOf('open to this machine')
    for (const type of ['application/json', 'Application/JSON', 'application/graphql-response+json']) {
      const { status, start } = await send(serving, { method: 'POST', headers: { 'content-type': type }, body })
      expect([type, status, JSON.parse(start)]).toEqual([
        type,
        400,
        { errors: [expect.objectContaining({ extensions: { code: 'BAD_REQUEST' } })] },
      ])
    }
  })

  it.each([
    ['says its length', {}],
    ['comes in pieces', { 'transfer-encoding': 'chunked' }],
  ])('over 1 MiB that %s is refused with 413', async (_, headers: Headers) => {
    const serving = serverOf('open to this machine')
    const body = JSON.stringify({ query, extensions: { a: 'a'.repeat(1024 * 1024) } })
    const { status, start } = await send(serving, { method: 'POST', headers: { ...json, ...headers }, body })
    expect(status).toBe(413)
    expect(JSON.parse(start)).toMatchObject({ errors: [{ message: expect.stringContaining('too large') }] })
  })

  it('of 1 MiB is taken', async () => {
    const serving = serverOf('open to this machine')
    const frame = JSON.stringify({ query, extensions: { a: '' } }).length
    const body = JSON.stringify({ query, extensions: { a: 'a'.repeat(1024 * 1024 - frame) } })
    expect(body).toHaveLength(1024 * 1024)
    expect((await send(serving, { method: 'POST', headers: json, body })).status).toBe(200)
  })
})

it('writes no key to its log', () => {
  for (const { stderr } of servers.values()) expect(stderr()).not.toContain(key)
})
