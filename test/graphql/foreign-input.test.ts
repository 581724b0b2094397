import { createRegistry } from '@toolyard/core'
import { createHandler } from '@toolyard/graphql'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { isOwnRequest } from '../../packages/toolyard/src/server/origin.ts'
import { propertyRuns } from '../fixtures/property-runs.ts'

const oddText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.constantFrom(
    '{"query":1}',
    '{"query":"{"}',
    '[]',
    'null',
    '{"query":"{a}","variables":[]}',
    '{"query":"query($a:X!){b(a:$a)}"}',
  ),
)
const fragments = [
  '{',
  '}',
  '(',
  ')',
  '$a',
  ':',
  '!',
  '"',
  '"""',
  '...',
  '@include',
  'on',
  'query',
  'mutation',
  'mcpServers',
  '#',
  '[',
  ']',
  '1',
  'null',
  '\n',
]
const document = fc.array(fc.oneof(fc.constantFrom(...fragments), fc.string({ maxLength: 5 })), { maxLength: 40 })
const params = fc.record(
  {
    query: fc.oneof(
      document.map((parts) => parts.join(' ')),
      fc.jsonValue(),
    ),
    variables: fc.jsonValue(),
    operationName: fc.jsonValue(),
    extensions: fc.jsonValue(),
  },
  { requiredKeys: [] },
)

it('whatever is sent as a request is answered in the form of GraphQL, and is no fault of ours', async () => {
  await using registry = await createRegistry()
  const seen: unknown[] = []
  const handler = createHandler(registry, { onError: (error) => seen.push(error) })
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        oddText,
        params.map((each) => JSON.stringify(each)),
      ),
      async (body) => {
        const headers = { 'content-type': 'application/json' }
        const response = await handler(new Request('http://localhost/graphql', { method: 'POST', headers, body }))
        const answer = await response.json()
        expect([200, 400, 413]).toContain(response.status)
        expect('data' in answer || answer.errors.length > 0).toBe(true)
        expect(seen).toEqual([])
      },
    ),
    { numRuns: propertyRuns(400) },
  )
})

it('no Origin and no Host that is not its own passes for it, however it is written', () => {
  const rules = { anyHost: false, allowedOrigins: new Set<string>() }
  const host = fc.oneof(
    fc.webAuthority(),
    fc.string(),
    fc.constantFrom('localhost.evil.example', '127.0.0.1.evil.example', 'evil.example:80'),
  )
  fc.assert(
    fc.property(host, host, (first, second) => {
      const isLoopback = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/i.test(first)
      if (!isLoopback) expect(isOwnRequest({ host: first }, rules)).toBe(false)
      const own = '127.0.0.1:4000'
      for (const origin of [second, `http://${second}`, `https://${second}`]) {
        if (isOwnRequest({ host: own, origin }, rules)) expect(new URL(origin).host).toBe(own)
      }
    }),
    { numRuns: propertyRuns(500) },
  )
})
