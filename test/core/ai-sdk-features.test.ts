import { createRegistry, type Registry } from '@toolyard/core'
import { type FeatureClient, featureClient } from '@toolyard/core/ai-sdk'
import { generateText, type ModelMessage } from 'ai'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type FeatureServer, startFeatureServer } from '../fixtures/mcp/feature-server.ts'
import { scriptedModel } from '../fixtures/mcp/scripted-model.ts'

let registry: Registry
let fixture: FeatureServer
let client: FeatureClient
const png = 'iVBORw0KGgo='
beforeEach(async () => {
  fixture = await startFeatureServer('MODERN', {
    resources: Array.from({ length: 150 }, (_, n) => ({ uri: `file:///${n}`, name: `file ${n}`, size: n })),
    resourceTemplates: [{ uriTemplate: 'file:///{path}', name: 'files', description: 'All of them' }],
    prompts: [{ name: 'greet', title: 'Greet', arguments: [{ name: 'who', required: true }] }],
    answer({ method, args, params, result }) {
      if (method === 'resources/read') {
        const { uri } = params
        result({
          resultType: 'complete',
          contents: [
            { uri, text: 'a' },
            { uri, mimeType: 'image/png', blob: png },
          ],
        })
      } else if (method === 'prompts/get') {
        const resource = { uri: 'file:///0', mimeType: 'text/plain', text: 'a' }
        const messages = [
          { type: 'text', text: `Greet ${args.who}` },
          { type: 'image', data: png, mimeType: 'image/png' },
          { type: 'resource', resource },
          { type: 'audio', data: png, mimeType: 'audio/wav' },
          { type: 'resource_link', uri: 'file:///1', name: 'one' },
        ].map((content) => ({ role: 'user', content }))
        result({ resultType: 'complete', description: 'A greeting', messages })
      } else if (method === 'completion/complete') {
        result({ resultType: 'complete', completion: { values: ['you'], total: 1, hasMore: false } })
      } else return false
      return true
    },
  })
  registry = await createRegistry()
  const config = { transport: 'streamableHttp', serverUrl: fixture.url } as const
  const { id } = await registry.servers.create({ name: 'files', config, refresh: false })
  await (await registry.servers.refresh(id)).result()
  client = featureClient(registry, { server: 'files', request: { actor: 'agent' } })
})
afterEach(async () => {
  await registry.close()
  await fixture[Symbol.asyncDispose]()
})

describe('a client of resources and prompts for the AI SDK', () => {
  it('lists resources by pages, templates and prompts, without members that have no value', async () => {
    const first = await client.listResources()
    expect(first.resources).toHaveLength(100)
    expect(first.resources[0]).toEqual({ uri: 'file:///0', name: 'file 0', size: 0 })
    const rest = await client.listResources({ params: { cursor: first.nextCursor ?? '' } })
    expect([rest.resources.length, rest.nextCursor]).toEqual([50, undefined])
    expect(await client.listResourceTemplates()).toEqual({
      resourceTemplates: [{ uriTemplate: 'file:///{path}', name: 'files', description: 'All of them' }],
    })
    expect(await client.listPrompts()).toEqual({
      prompts: [{ name: 'greet', title: 'Greet', arguments: [{ name: 'who', required: true }] }],
    })
  })

  it('reads text and bytes, in the name of its actor', async () => {
    const uri = 'file:///unlisted'
    expect(await client.readResource({ uri })).toEqual({
      contents: [
        { uri, text: 'a' },
        { uri, mimeType: 'image/png', blob: png },
      ],
    })
    const { edges } = await registry.audit.list({ filter: { action: ['RESOURCE_READ'] } })
    expect(edges).toMatchObject([{ node: { actor: 'agent', targetName: uri } }])
  })

  it('gets prompts whose messages a model takes', async () => {
    const { description, messages } = await client.getPrompt({ name: 'greet', arguments: { who: 'you' } })
    expect(description).toBe('A greeting')
    expect(messages.map(({ content }) => content.type)).toEqual(['text', 'image', 'resource', 'resource_link'])
    const model = scriptedModel()
    const asked = messages.flatMap(({ content }): ModelMessage[] => {
      if (content.type === 'text') return [{ role: 'user', content: [{ type: 'text', text: content.text }] }]
      if (content.type !== 'image') return []
      return [{ role: 'user', content: [{ type: 'file', data: content.data, mediaType: content.mimeType }] }]
    })
    await generateText({ model, messages: asked })
    expect(JSON.stringify(model.doGenerateCalls[0]?.prompt)).toContain('Greet you')
  })

  it('completes arguments of prompts and variables of templates', async () => {
    for (const [ref, name] of [
      [{ type: 'ref/prompt', name: 'greet' }, 'who'],
      [{ type: 'ref/resource', uri: 'file:///{path}' }, 'path'],
    ] as const) {
      const { completion } = await client.complete({ ref, argument: { name, value: 'y' } })
      expect(completion).toEqual({ values: ['you'], total: 1, hasMore: false })
    }
  })

  it('rejects as the registry does', async () => {
    await expect(client.getPrompt({ name: 'greet', arguments: { who: 1 } })).rejects.toMatchObject({
      code: 'TOOL_ARGS_INVALID',
    })
    const missing = featureClient(registry, { server: 'none' })
    for (const ask of [
      () => missing.listResources(),
      () => missing.listResourceTemplates(),
      () => missing.listPrompts(),
      () => missing.readResource({ uri: 'x:a' }),
    ]) {
      await expect(ask()).rejects.toMatchObject({ code: 'NOT_FOUND' })
    }
    const options = { signal: AbortSignal.abort() }
    await expect(client.readResource({ uri: 'x:a', options })).rejects.toMatchObject({ code: 'CANCELED' })
    await expect(client.readResource({ uri: 'x:a', options: { timeout: 0 } })).rejects.toMatchObject({
      path: ['timeoutMs'],
    })
  })
})
