import { once } from 'node:events'
import { createServer } from 'node:http'
import { createNodeListener } from '@toolyard/graphql'
import { auditServer } from 'graphql-http'
import { expect, it } from 'vitest'
import { type Api, startApi } from './api.ts'

type Audited = Pick<Parameters<typeof auditServer>[0], 'url' | 'fetchFn'>

async function expectNoFault(audited: Audited): Promise<void> {
  const results = await auditServer(audited)
  expect(results.length).toBeGreaterThan(50)
  // A notice is a MAY: of two that contradict each other for application/json, 200 is what the SHOULD asks for.
  expect(results.filter(({ status }) => status !== 'ok' && status !== 'notice').map(({ name }) => name)).toEqual([])
  expect(results.filter(({ status, name }) => status === 'notice' && !name.startsWith('MAY'))).toEqual([])
}

async function serve({ handler }: Api) {
  const server = createServer(createNodeListener(handler)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const close = async () => {
    server.close()
    server.closeAllConnections()
  }
  return { port: typeof address === 'object' ? address?.port : undefined, [Symbol.asyncDispose]: close }
}

it('passes every audit of GraphQL over HTTP', async () => {
  await using api = await startApi()
  await expectNoFault({
    url: 'http://localhost/graphql',
    fetchFn: (url: string, init: RequestInit) => api.handler(new Request(url, init)),
  })
})

it('passes them on a server of Node.js too', async () => {
  await using api = await startApi()
  await using server = await serve(api)
  await expectNoFault({ url: `http://127.0.0.1:${server.port}/graphql`, fetchFn: fetch })
})
