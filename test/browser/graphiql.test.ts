import { expect, it } from 'vitest'
import { behaviourTool, startFixture } from '../fixtures/mcp/mcp-fixture.ts'
import { register } from './console-api.ts'
import { describeConsole } from './describe-console.ts'

const watch =
  'subscription Watch { mcpServerEvents { ... on McpServerCreated { server { ... on McpServerBase { name } } } } }'

describeConsole('GraphiQL', ({ serve, openTab }) => {
  it('collects the events of a subscription', async () => {
    await using fixture = await startFixture({ tools: [behaviourTool('echo')] })
    const serving = await serve()
    // The editor has only the lines in sight.
    await using tab = await openTab({ viewport: { width: 1200, height: 2000 } })
    const { page } = tab
    await page.goto(`${serving.url}?query=${encodeURIComponent(watch)}`)
    const opened = page.waitForResponse(
      (response) => response.headers()['content-type']?.includes('event-stream') === true,
    )
    await page.getByRole('button', { name: /^Execute query/ }).click()
    await opened
    await register(serving, 'first-server', fixture)
    const result = page.getByRole('region', { name: /result/i })
    await result.getByText('first-server').waitFor()
    await register(serving, 'second-server', fixture)
    await result.getByText('second-server').waitFor()
    expect(await result.getByText('first-server').count()).toBe(1)
    expect(tab.faults).toEqual([])
  })
})
