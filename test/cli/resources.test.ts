import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRegistry } from '@toolyard/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { RunningServer } from '../../packages/toolyard/src/server/start-server.ts'
import { onlyOwnOperations, serveRegistry } from '../fixtures/http/serve-registry.ts'
import { type FeatureServer, startFeatureServer } from '../fixtures/mcp/feature-server.ts'
import { refuse } from '../fixtures/mcp/scripted-modern.ts'
import { toolyard } from '../fixtures/process/command-line.ts'

let folder: string
let fixture: FeatureServer
let server: RunningServer
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'toolyard-resources-'))
  fixture = await startFeatureServer('LEGACY', {
    resources: [{ uri: 'file:///a\u{1b}[2J', name: 'a', mimeType: 'text/plain', title: 'The first' }],
    resourceTemplates: [{ uriTemplate: 'file:///{path}', name: 't' }],
    prompts: [{ name: 'greet', arguments: [{ name: 'who', required: true }, { name: 'how' }], description: 'Greets' }],
  })
  const registry = await createRegistry()
  const config = { transport: 'streamableHttp', serverUrl: fixture.url } as const
  const { id } = await registry.servers.create({ name: 'files', config, refresh: false })
  await (await registry.servers.refresh(id)).result()
  server = await serveRegistry(registry, onlyOwnOperations)
})
afterEach(async () => {
  await server.close()
  await fixture[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

const command = (...args: readonly string[]) => toolyard(args, { TOOLYARD_URL: server.url })

describe('the commands of resources and prompts', () => {
  it('list them, and nothing in their names steers the terminal', async () => {
    const { stdout } = await command('resources', 'files')
    expect(stdout).toMatch(/^SERVER +URI +TYPE +DESCRIPTION\n/)
    expect(stdout).toMatch(/files +file:\/\/\/a⟨U\+001B⟩\[2J +text\/plain +The first/)
    expect(stdout).toContain('file:///{path}')
    expect(JSON.parse((await command('resources', '--json')).stdout)).toMatchObject({
      resources: [{ name: 'a', server: { name: 'files' } }],
      resourceTemplates: [{ uriTemplate: 'file:///{path}' }],
    })
    expect((await command('prompts')).stdout).toMatch(/files\/greet +who \[how\] +Greets/)
    expect((await command('prompts', 'nothing')).code).toBe(2)
  })

  it('read a resource as it is, binary too, into a pipe or a file', async () => {
    const bytes = Buffer.from([0, 255, 10, 27])
    fixture.features.answer = (asked) => {
      if (asked.method !== 'resources/read') return false
      const { uri } = asked.params
      asked.result({
        contents:
          uri === 'x:text'
            ? [
                { uri, text: 'a\u{1b}[1m' },
                { uri, text: 'b' },
              ]
            : [{ uri, blob: bytes.toString('base64') }],
      })
      return true
    }
    expect(await command('read', 'files', 'x:text')).toMatchObject({ code: 0, stdout: 'a\u{1b}[1mb', stderr: '' })
    const path = join(folder, 'bytes')
    expect(await command('read', 'files', 'x:bytes', '--output', path)).toMatchObject({ code: 0, stdout: '' })
    expect(await readFile(path)).toEqual(bytes)
    const { stdout } = await command('read', 'files', 'x:bytes', '--json')
    expect(JSON.parse(stdout)).toMatchObject({ contents: [{ base64: bytes.toString('base64') }], freshUntil: null })
  })

  it('read by a template that is filled in', async () => {
    fixture.features.answer = (asked) => {
      if (asked.method !== 'resources/read') return false
      asked.result({ contents: [{ text: asked.params.uri }] })
      return true
    }
    const template = 'file:///{path}'
    for (const [values, uri] of [
      [['path=a=b'], 'file:///a%3Db'],
      [['path=a', 'path=b'], 'file:///a,b'],
      [['--values', '{"path":{"k":"v"}}'], 'file:///k,v'],
    ] as const) {
      const { code, stdout } = await command('read', 'files', template, ...values)
      expect([code, stdout]).toEqual([0, uri])
    }
    for (const [args, reason] of [
      [[template, 'x=a'], 'has no variable'],
      [[template, 'path'], 'expected key=value'],
      [['file:///a', 'path=a'], '"files" has no template "file:///a"'],
      [[template, '--values', '{'], '--values is not valid JSON'],
    ] as const) {
      const { code, stderr } = await command('read', 'files', ...args)
      expect([code, stderr]).toEqual([2, expect.stringContaining(reason)])
    }
  })

  it('fill in a prompt', async () => {
    fixture.features.answer = (asked) => {
      if (asked.method !== 'prompts/get') return false
      asked.result({ messages: [{ role: 'user', content: { type: 'text', text: JSON.stringify(asked.args) } }] })
      return true
    }
    const { stdout, code } = await command('prompt', 'files/greet', 'who=a=b')
    expect([code, stdout]).toEqual([0, 'user:\n{"who":"a=b"}\n'])
  })

  it('are found by a search, which says the kind of each', async () => {
    const { stdout } = await command('search', 'files')
    expect(stdout).toMatch(/^KIND +NAME +STATE +DESCRIPTION\n/)
    expect(stdout).toMatch(/tool +files\/echo/)
    expect(stdout).toMatch(/resource +files file:\/\/\/a⟨U\+001B⟩\[2J/)
    expect(stdout).toMatch(/template +files file:\/\/\/\{path\}/)
    expect(stdout).toMatch(/prompt +files\/greet +Greets/)
    const json = await command('search', 'files', '--kind', 'prompt', '--kind', 'tool', '--server', 'files', '--json')
    const kinds = JSON.parse(json.stdout).map(({ kind }: { kind: string }) => kind)
    expect(kinds.toSorted()).toEqual(['PROMPT', 'TOOL'])
    expect((await command('search', 'unheard')).stdout).toBe('Nothing matches "unheard"\n')
    expect(await command('search', 'files', '--kind', 'server')).toMatchObject({ code: 2 })
  })

  it('end with 2 for what is not there or does not fit, and say why', async () => {
    fixture.features.answer = (asked) =>
      asked.method === 'resources/read' && refuse(asked, 200, -32_002, 'nothing here')
    for (const [args, reason] of [
      [['read', 'files', 'x:none'], 'nothing here'],
      [['read', 'other', 'x:none'], 'No server is named'],
      [['prompt', 'files/none'], 'there is no prompt "files/none"'],
      [['prompt', 'files/greet'], '/who: is required'],
      [['prompt', 'files/greet', 'who'], 'expected key=value'],
    ] as const) {
      const { code, stderr } = await command(...args)
      expect([code, stderr]).toEqual([2, expect.stringContaining(reason)])
    }
  })
})
