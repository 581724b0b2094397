import { createRegistry, type Registry } from '@toolyard/core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { fixtureStdio } from '../fixtures/mcp/mcp-fixture.ts'
import { registered } from '../fixtures/mcp/registered.ts'

let registry: Registry
beforeAll(async () => {
  registry = await createRegistry()
  const stdio = (script: string) => ({ transport: 'stdio', command: process.execPath, args: ['-e', script] }) as const
  await registered(registry, 'weather', { transport: 'stdio', ...fixtureStdio() })
  await registry.servers.create({ name: 'unread', refresh: false, config: stdio('') })
  const broken = stdio(`console.error('WEATHER_API_KEY is required'); console.error(''); process.exit(1)`)
  const { id } = await registry.servers.create({ name: 'broken', refresh: false, config: broken })
  await (await registry.servers.refresh(id)).result().catch(() => undefined)
  const crashed = stdio(`require('./no-such-module-here')`)
  const crash = await registry.servers.create({ name: 'crashed', refresh: false, config: crashed })
  await (await registry.servers.refresh(crash.id)).result().catch(() => undefined)
  await registered(registry, 'empty', { transport: 'stdio', ...fixtureStdio({ tools: [] }) })
})
afterAll(() => registry.close())

it.each([
  ['nope', 'echo', 'No server is named "nope"'],
  ['wether', 'echo', 'No server is named "wether"; did you mean "weather"?'],
  ['weather', 'ehco', 'The server "weather" has no tool "ehco"; did you mean "echo"?'],
  ['weather', 'something else', 'The server "weather" has no tool "something else"'],
  ['unread', 'echo', 'The server "unread" has no tool "echo": its tools have not been read yet; refresh it'],
  ['empty', 'echo', 'The server "empty" has no tool "echo": it lists none'],
  [
    'broken',
    'echo',
    'The server "broken" has no tool "echo", as its last refresh failed: CONNECT_FAILED: ' +
      `"${process.execPath}" did not speak MCP: the server exited with code 1 (it wrote: WEATHER_API_KEY is required)`,
  ],
  [
    'crashed',
    'echo',
    expect.stringContaining("exited with code 1 (it wrote: Error: Cannot find module './no-such-module-here')"),
  ],
])('a run of %s/%s says what is missing, and why', async (server, tool, message) => {
  await expect(registry.tools.run({ server, tool })).rejects.toMatchObject({
    code: 'NOT_FOUND',
    path: ['tool'],
    message,
  })
})

it('cuts the names that it was given', async () => {
  const long = 'x'.repeat(100_000)
  const error: unknown = await registry.tools.run({ server: long, tool: long }).catch((thrown: unknown) => thrown)
  expect(String(error).length).toBeLessThan(300)
})
