import { expect, it } from 'vitest'
import { startApart } from '../fixtures/mcp/scripted-apart.ts'
import { metered } from '../fixtures/process/metered-session.ts'

it('a stream that ends at once is opened a few times in half a minute', async () => {
  await using server = await startApart(`
    if (asked.method !== 'GET') return false
    asked.response.writeHead(200, { 'content-type': 'text/event-stream' }).end('retry: 0\\n\\n')
    return true`)
  await metered({ config: { transport: 'streamableHttp', serverUrl: server.url }, afterMs: 30_000 })
  const { GET = 0 } = (await server.stats()).asked
  expect(GET).toBeGreaterThan(1)
  expect(GET).toBeLessThanOrEqual(10)
})
