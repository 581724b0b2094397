/** A request as Next.js makes it from one of Node.js: its body is a stream, and its signal aborts when the client leaves. */
function asked(query: string, accept: string, signal: AbortSignal): Request {
  const headers = { 'content-type': 'application/json', accept }
  const body = new Blob([JSON.stringify({ query })]).stream()
  // The types of fetch leave `duplex` out, which Node.js requires for a body that is a stream.
  const init: RequestInit & { duplex: 'half' } = { method: 'POST', headers, body, signal, duplex: 'half' }
  return new Request('http://127.0.0.1:4000/graphql', init)
}

const leaving = new AbortController()
const answer = await POST(asked('{ registryInfo { version } }', 'application/json', leaving.signal))
// Next.js refuses an answer of any other class.
if (!(answer instanceof Response)) throw new Error('The handler answers no Response of the platform')
const answered = await answer.text()
if (answer.status !== 200 || !answered.includes('"version"')) throw new Error(answered)

const query = encodeURIComponent('{ registryInfo { version } }')
const got = await GET(new Request(`http://127.0.0.1:4000/graphql?query=${query}`))
const gotten = await got.text()
if (got.status !== 200 || !gotten.includes('"version"')) throw new Error(gotten)

const feed =
  'subscription { mcpServerEvents(heartbeatMs: 1000) { __typename ... on McpServerCreated { server { ... on McpServerBase { name } } } } }'
const streamed = await POST(asked(feed, 'text/event-stream', leaving.signal))
if (!streamed.headers.get('content-type')?.startsWith('text/event-stream') || !streamed.body)
  throw new Error(`${streamed.status} ${streamed.headers.get('content-type')}`)
// As Next.js sends it: piece by piece while it goes on, and canceled when the client leaves.
const decoder = new TextDecoder()
let heard = ''
const waiting = new Map<string, () => void>()
const client = new WritableStream<Uint8Array>({
  write(piece) {
    heard += decoder.decode(piece, { stream: true })
    for (const [what, resolve] of waiting) if (heard.includes(what)) resolve()
  },
})
const sent = streamed.body.pipeTo(client, { signal: leaving.signal })
const hear = (what: string) =>
  Promise.race([
    new Promise<void>((resolve) => waiting.set(what, resolve)),
    sent.then(() => {
      throw new Error(`The stream ended after ${heard}`)
    }),
  ])
await hear('Heartbeat')
const registry = await kept.registry
await registry.servers.create({
  name: 'added meanwhile',
  config: { transport: 'stdio', command: 'none', args: [] },
  refresh: false,
})
await hear('added meanwhile')
leaving.abort()
await sent.then(
  () => {
    throw new Error('The stream ended before its client left')
  },
  (error: unknown) => {
    if (error !== leaving.signal.reason) throw error
  },
)
await registry.close()
