import { auditServer } from 'graphql-http'
import { expect, it } from 'vitest'
import { startApi } from './api.ts'

it('passes every audit of GraphQL over HTTP', async () => {
  await using api = await startApi()
  const results = await auditServer({
    url: 'http://localhost/graphql',
    fetchFn: (url: string, init: RequestInit) => api.handler(new Request(url, init)),
  })
  expect(results.length).toBeGreaterThan(50)
  // A notice is a MAY: of two that contradict each other for application/json, 200 is what the SHOULD asks for.
  expect(results.filter(({ status }) => status !== 'ok' && status !== 'notice').map(({ name }) => name)).toEqual([])
  expect(results.filter(({ status, name }) => status === 'notice' && !name.startsWith('MAY'))).toEqual([])
})
