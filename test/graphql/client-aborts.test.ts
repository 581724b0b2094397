import { once } from 'node:events'
import { createServer, type Server, type ServerResponse } from 'node:http'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createGraphQLClient } from '@toolyard/graphql/client'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

setFlagsFromString('--expose-gc')
const gc: () => void = runInNewContext('gc')

/** Collects what is not held, more than once: what is weakly held by it goes with the next one. */
async function collectGarbage(): Promise<void> {
  for (let n = 0; n < 5; n += 1) {
    gc()
    await nextTurn()
  }
}

let server: Server
let url: string
let asked: Promise<ServerResponse>
beforeEach(async () => {
  const { promise, resolve } = Promise.withResolvers<ServerResponse>()
  asked = promise
  server = createServer((_, response) => resolve(response)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new TypeError('The server listens on no port')
  url = `http://127.0.0.1:${address.port}/graphql`
})
afterEach(() => {
  server.closeAllConnections()
  server.close()
})

const aborted = { code: 'ABORTED' }

describe('an abort reaches the server, also after garbage was collected', () => {
  it('while no answer has come', async () => {
    const leaving = new AbortController()
    const answer = createGraphQLClient({ url }).request('{ __typename }', {}, { signal: leaving.signal })
    const refused = expect(answer).rejects.toMatchObject(aborted)
    const closed = once(await asked, 'close')
    await collectGarbage()
    leaving.abort()
    await refused
    await closed
  })

  it('while the answer is read', async () => {
    const leaving = new AbortController()
    const answer = createGraphQLClient({ url }).request('{ __typename }', {}, { signal: leaving.signal })
    const refused = expect(answer).rejects.toMatchObject(aborted)
    const response = await asked
    response.writeHead(200, { 'content-type': 'application/json' }).write('{"data":')
    const closed = once(response, 'close')
    await collectGarbage()
    leaving.abort()
    await refused
    await closed
  })

  it('while a subscription waits for its next event', async () => {
    const leaving = new AbortController()
    const results = createGraphQLClient({ url }).subscribe('subscription { a }', {}, { signal: leaving.signal })
    const first = results.next()
    const response = await asked
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write('event: next\ndata: {"data":{"a":1}}\n\n')
    expect(await first).toEqual({ done: false, value: { a: 1 } })
    const refused = expect(results.next()).rejects.toMatchObject(aborted)
    const closed = once(response, 'close')
    await collectGarbage()
    leaving.abort()
    await refused
    await closed
  })
})
