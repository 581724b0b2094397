import { describe, expect, it } from 'vitest'
import { startApart } from '../fixtures/mcp/scripted-apart.ts'
import { discoverResult, scriptedModernStdio } from '../fixtures/mcp/scripted-modern.ts'
import { scriptedStdio } from '../fixtures/mcp/scripted-stdio.ts'
import { type MeteredReads, meteredReads, type ReadsOrder } from '../fixtures/process/metered-reads.ts'

const MiB = 1024 * 1024
/** The longest message: base64 of 8 MiB, and some more. */
const messageBytes = 12 * MiB
/** The default of the budget of what is read at a time. */
const largeMessageBytes = 40 * MiB
const blobLength = Math.ceil((8 * MiB) / 3) * 4

type Config = ReadsOrder['config']

/** Answers `blob` by 8 MiB in base64, `long` by more than a message may have, and any other URI by one text. */
const contents = (uri: string) =>
  `${uri} === 'blob' ? [{ uri: 'blob', blob: 'QUJD'.repeat(${blobLength / 4}) }]
    : ${uri} === 'long' ? [{ uri: 'long', blob: 'QUJD'.repeat(${(2 * blobLength) / 4}) }]
    : [{ uri: ${uri}, text: 'some' }]`
const discovered = { ...discoverResult, capabilities: { resources: {} } }

const legacyStdio = () =>
  scriptedStdio(`on((message) => {
    const { id, method, params } = message
    if (method === 'initialize') {
      const { protocolVersion } = params
      send({ id, result: { protocolVersion, capabilities: { resources: {} }, serverInfo: { name: 'a', version: '1' } } })
    } else if (method === 'resources/read') send({ id, result: { contents: ${contents('params.uri')} } })
    else answer(message)
  })`)

const modernStdio = () =>
  scriptedModernStdio(`on((message) => {
    const { id, method, params } = message
    if (method === 'server/discover') send({ id, result: ${JSON.stringify(discovered)} })
    else if (method === 'resources/read') {
      send({ id, result: { resultType: 'complete', contents: ${contents('params.uri')}, ttlMs: 0, cacheScope: 'private' } })
    } else answer(message)
  })`)

const http = (isModern: boolean, isStream: boolean) => `
  const { method, params, request } = asked
  if (method === 'initialize') {
    if (${isModern}) return asked.response.writeHead(400).end(), true
    asked.result({
      protocolVersion: params.protocolVersion, capabilities: { resources: {} }, serverInfo: { name: 'a', version: '1' },
    })
    return true
  }
  if (${isModern} && method === 'server/discover') return asked.result(${JSON.stringify(discovered)}), true
  if (method !== 'resources/read') return false
  const result = { contents: ${contents('params.uri')}, resultType: 'complete', ttlMs: 0, cacheScope: 'private' }
  if (${isStream}) openEvents(asked)({ id: asked.id, result })
  if (${isStream}) asked.response.end()
  else asked.result(result)
  return true`

interface Opened extends AsyncDisposable {
  readonly config: Config
}

const overStdio = (config: Config) => async (): Promise<Opened> => ({
  config,
  // The registry ends the child.
  [Symbol.asyncDispose]: () => Promise.resolve(),
})
const overHttp = (isModern: boolean, isStream: boolean) => async (): Promise<Opened> => {
  const server = await startApart(http(isModern, isStream))
  const config = { transport: 'streamableHttp', serverUrl: server.url } as const
  return { config, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
}

const servers: Readonly<Record<string, () => Promise<Opened>>> = {
  'stdio, legacy': overStdio(legacyStdio()),
  'stdio, modern': overStdio(modernStdio()),
  'HTTP by JSON, legacy': overHttp(false, false),
  'HTTP by JSON, modern': overHttp(true, false),
  'HTTP by an event stream, legacy': overHttp(false, true),
  'HTTP by an event stream, modern': overHttp(true, true),
}

describe.each(Object.entries(servers))('a read of 8 MiB over %s', (_, open) => {
  async function read(order: Omit<ReadsOrder, 'config'>): Promise<MeteredReads> {
    await using server = await open()
    return await meteredReads({ ...order, config: server.config, budgets: { messageBytes } })
  }

  it('comes whole, and takes three times the longest message at most', async () => {
    const { answers, grownBytes } = await read({ uri: 'blob', rounds: 4, atOnce: 1 })
    expect(answers).toEqual(Array.from({ length: 4 }, () => blobLength))
    for (const bytes of grownBytes) expect(bytes).toBeLessThan(3 * messageBytes)
  })

  it('is refused over the budget, for no more memory', async () => {
    const { answers, grownBytes } = await read({ uri: 'long', rounds: 2, atOnce: 1 })
    expect(new Set(answers)).toEqual(new Set(['LIMIT_EXCEEDED']))
    for (const bytes of grownBytes) expect(bytes).toBeLessThan(3 * messageBytes)
  })

  it('takes, eight at once, the eight answers and twice what is read at a time at most', async () => {
    const { answers, grownBytes } = await read({ uri: 'blob', rounds: 2, atOnce: 8 })
    expect(answers).toEqual(Array.from({ length: 16 }, () => blobLength))
    for (const bytes of grownBytes) expect(bytes).toBeLessThan(8 * blobLength + 2 * largeMessageBytes)
  })
})
