import { createRegistry, type Registry } from '@toolyard/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RunningServer } from '../../packages/toolyard/src/server/start-server.ts'
import { onlyOwnOperations, serveRegistry } from '../fixtures/http/serve-registry.ts'
import { registered } from '../fixtures/mcp/registered.ts'
import { type ScriptedServer, startScripted } from '../fixtures/mcp/scripted-http.ts'
import { toolyard } from '../fixtures/process/command-line.ts'
import { hasTerminals, openTerminals } from '../fixtures/process/terminal.ts'

/** A title for the terminal, a colour by one character, a line that goes back, and text that is not seen. */
const steering = '\u001B]0;owned\u0007\u009B31m\u202E\u200B\u{E0041}'
const tool = (description: string) => ({
  name: `fi${steering}nd`,
  title: `T${steering}`,
  description,
  inputSchema: { type: 'object', properties: { [`q${steering}`]: { description: `of q${steering}` } } },
})

let server: ScriptedServer
let registry: Registry
let api: RunningServer
let tools: readonly object[] = [tool(`Finds${steering}`)]
beforeAll(async () => {
  server = await startScripted((asked) => {
    const { method, id, params, args } = asked
    if (method === 'initialize') {
      const serverInfo = { name: `n${steering}`, title: `t${steering}`, version: `v${steering}` }
      const { protocolVersion } = params
      asked.result({ protocolVersion, capabilities: { tools: {} }, serverInfo, instructions: `Do${steering}` })
    } else if (method === 'tools/list') asked.result({ tools })
    else if (method === 'tools/call' && args.fail) {
      const error = { code: -32000, message: `no${steering}` }
      asked.response.setHeader('content-type', 'application/json').end(JSON.stringify({ jsonrpc: '2.0', id, error }))
    } else if (method === 'tools/call') asked.result({ content: [{ type: 'text', text: `said${steering}` }] })
    else return false
    return true
  })
  registry = await createRegistry()
  api = await serveRegistry(registry, onlyOwnOperations)
  const config = { transport: 'streamableHttp', serverUrl: server.url } as const
  await registered(registry, 'a', config, { toolChangePolicy: 'ACCEPT' })
})
afterAll(async () => {
  await api.close()
  await server[Symbol.asyncDispose]()
})

const command = (...args: readonly string[]) => toolyard(args, { TOOLYARD_URL: api.url })
/** What no command writes, whatever comes: sequences of others, and text that is not seen. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const foreign = /\u001B\]|[\u0007\u009B\u202E\u200B]|\u{E0041}/u
const reference = `a/${tool('').name}`

describe('the command line', () => {
  it.each([
    ['tools'],
    ['tools', 'a'],
    ['tools', reference],
    ['search', 'find'],
    ['get', 'a'],
    ['list'],
    ['refresh', 'a', '--dry-run'],
    ['refresh', 'a'],
    ['run', reference, '--args', '{"fail":true}'],
    ['runs'],
    ['doctor', 'a'],
    ...[['tools'], ['tools', reference], ['get', 'a'], ['search', 'find'], ['refresh', 'a'], ['runs']].map((each) => [
      ...each,
      '--json',
    ]),
  ])('writes nothing that steers a terminal, nor text that is not seen: command %#', async (...args) => {
    tools = [tool(`Finds ${args.join(' ')}${steering}`)]
    const { code, stdout, stderr } = await command(...args)
    if (args[0] !== 'run' && args[0] !== 'doctor') expect(code).toBe(0)
    expect(stdout + stderr).not.toMatch(foreign)
    if (args.includes('--json')) expect(() => JSON.parse(stdout)).not.toThrow()
  })

  it('shows what is not seen where tools are looked at, and says so', async () => {
    tools = [tool('Finds')]
    await command('refresh', 'a')
    tools = [tool('Finds\u200B')]
    const { stdout: changed } = await command('refresh', 'a')
    expect(changed).toContain('"Finds" → "Finds\\u200b"')
    expect(changed).toContain('! /description: characters that are not shown: U+200B')
    const { stdout: all } = await command('tools', 'a')
    expect(all).toContain('hidden text')
    expect(all).toContain('fi⟨U+001B⟩]0;owned⟨U+0007⟩⟨U+009B⟩31m⟨U+202E U+200B U+E0041⟩nd')
    const { stdout: one } = await command('tools', reference)
    expect(one).toContain('Finds⟨U+200B⟩')
    expect(one).toContain('\\u009b31m\\u202e\\u200b\\udb40\\udc41')
    const { stdout: json } = await command('tools', reference, '--json')
    expect(JSON.parse(json)).toMatchObject({ name: tool('').name, warnings: expect.arrayContaining([]) })
    await registry.servers.update((await registry.servers.list()).edges[0]?.node.id ?? '', {
      toolChangePolicy: 'QUARANTINE',
    })
    tools = [tool('Fin\u2060ds')]
    await command('refresh', 'a')
    const { stdout: waiting } = await command('tools', reference)
    expect(waiting).toContain('/description: "Finds\\u200b" -> "Fin\\u2060ds"')
  })

  it.skipIf(!hasTerminals)('prints a result on a terminal without what would steer it', async () => {
    using terminals = openTerminals()
    const terminal = terminals.open(['run', reference, '--args', '{}'], { env: { TOOLYARD_URL: api.url } })
    await terminal.exit
    expect(terminal.raw()).toContain('said')
    expect(terminal.raw()).not.toMatch(foreign)
  })
})
