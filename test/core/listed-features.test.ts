import { createRegistry, type RefreshResult, type Registry, type RegistryEvent } from '@toolyard/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { defaultTenant } from '../../packages/core/src/base/ids.ts'
import type { FeatureKind } from '../../packages/core/src/model/feature.ts'
import { memoryStorage } from '../../packages/core/src/storage/memory/memory-storage.ts'
import type { Storage } from '../../packages/core/src/storage/storage.ts'
import { type Era, type FeatureServer, type Features, startFeatureServer } from '../fixtures/mcp/feature-server.ts'

const resource = (name: string, more: object = {}) => ({ uri: `file:///${name}`, name, ...more })
const template = (name: string) => ({ uriTemplate: `file:///${name}/{path}`, name })
const prompt = (name: string, more: object = {}) => ({ name, ...more })

let storage: Storage
let registry: Registry
let fixture: FeatureServer
beforeEach(async () => {
  storage = await memoryStorage().open()
})
afterEach(async () => {
  await registry.close()
  await fixture[Symbol.asyncDispose]()
})

async function open(
  era: Era,
  features: Partial<Features>,
  budgets: NonNullable<Parameters<typeof createRegistry>[0]>['budgets'] = {},
): Promise<string> {
  fixture = await startFeatureServer(era, features)
  registry = await createRegistry({ storage: { open: async () => storage }, budgets })
  const config = { transport: 'streamableHttp', serverUrl: fixture.url } as const
  return (await registry.servers.create({ name: 'fixture', config, refresh: false })).id
}

const refreshOf = async (id: string): Promise<RefreshResult> => (await registry.servers.refresh(id)).result()
const stored = async (kind: FeatureKind) => {
  const { features } = storage.tenant(defaultTenant)
  const rows = await features.page({ filter: { kind }, sort: 'NAME', direction: 'ASC', limit: 100 })
  return rows.map(({ identifier }) => identifier)
}
const named = (count: number, of: (name: string) => object) => Array.from({ length: count }, (_, n) => of(`${n}`))

describe.each(['LEGACY', 'MODERN'] as const)('a refresh of a %s server', (era) => {
  it('reads all four lists, each with its pages', async () => {
    const id = await open(era, {
      resources: named(5, resource),
      resourceTemplates: named(3, template),
      prompts: named(4, prompt),
      pageSize: 2,
    })
    const result = await refreshOf(id)
    expect(result.added.map(({ name }) => name)).toEqual(['echo'])
    expect(result.resources).toEqual({
      added: [0, 1, 2, 3, 4].map((n) => `file:///${n}`),
      updated: [],
      deleted: [],
      addedCount: 5,
      updatedCount: 0,
      deletedCount: 0,
      unchangedCount: 0,
      rejected: [],
      error: null,
    })
    expect(result.resourceTemplates).toMatchObject({ addedCount: 3, error: null })
    expect(result.prompts).toMatchObject({ added: ['0', '1', '2', '3'], error: null })
    expect(fixture.count('resources/list')).toBe(3)
    expect(await stored('RESOURCE')).toHaveLength(5)
    expect(await stored('RESOURCE_TEMPLATE')).toHaveLength(3)
    expect(await stored('PROMPT')).toEqual(['0', '1', '2', '3'])
    const again = await refreshOf(id)
    expect(again).toMatchObject({
      added: [],
      resources: { addedCount: 0, unchangedCount: 5 },
      resourceTemplates: { unchangedCount: 3 },
      prompts: { unchangedCount: 4 },
    })
  })

  it('asks for no list without its capability', async () => {
    const id = await open(era, { capabilities: { tools: {} }, resources: [resource('a')], prompts: [prompt('a')] })
    const result = await refreshOf(id)
    expect(result.resources).toMatchObject({ addedCount: 0, unchangedCount: 0, error: null })
    expect(fixture.asked.map(({ method }) => method).filter((method) => /resources|prompts/.test(method))).toEqual([])
    fixture.features.capabilities = { resources: {} }
    await registry.servers.refresh(id, { renegotiate: true }).then((job) => job.result())
    expect(await stored('RESOURCE')).toEqual(['file:///a'])
    fixture.features.capabilities = {}
    const without = await registry.servers.refresh(id, { renegotiate: true }).then((job) => job.result())
    expect(without.resources).toMatchObject({ deleted: ['file:///a'], deletedCount: 1 })
    expect(await stored('RESOURCE')).toEqual([])
  })

  it.each<[string, Features['answer'], string]>([
    [
      'an error',
      ({ method, response, id }) => {
        if (method !== 'resources/list') return false
        response.setHeader('content-type', 'application/json')
        response.end(JSON.stringify({ jsonrpc: '2.0', id, error: { code: -32603, message: 'out of order' } }))
        return true
      },
      'PROTOCOL_ERROR',
    ],
    [
      'no list',
      (asked) => {
        if (asked.method !== 'resources/list') return false
        asked.result({ resultType: 'complete', resources: 'none' })
        return true
      },
      'PROTOCOL_ERROR',
    ],
    [
      'pages without an end',
      (asked) => {
        if (asked.method !== 'resources/list') return false
        asked.result({ resultType: 'complete', resources: [resource('a')], nextCursor: `${fixture.asked.length}` })
        return true
      },
      'LIMIT_EXCEEDED',
    ],
    [
      'a connection that breaks each time',
      ({ method, response }) => {
        if (method !== 'resources/list') return false
        response.destroy()
        return true
      },
      'CONNECT_FAILED',
    ],
  ])(
    'whose resources are %s has all its other lists, and what was stored of the resources',
    async (_, answer, code) => {
      const id = await open(
        era,
        { resources: [resource('old')], resourceTemplates: [template('t')], prompts: [prompt('p')] },
        { listPages: 5 },
      )
      await refreshOf(id)
      fixture.features.answer = answer
      fixture.features.tools = [{ name: 'other', inputSchema: { type: 'object' } }]
      fixture.features.prompts = [prompt('q')]
      fixture.features.resources = [resource('new')]
      const result = await refreshOf(id)
      expect(result).toMatchObject({
        status: 'SUCCEEDED',
        added: [{ name: 'other' }],
        resources: { added: [], deleted: [], error: { code } },
        resourceTemplates: { unchangedCount: 1, error: null },
        prompts: { added: ['q'], deleted: ['p'], error: null },
      })
      expect(await stored('RESOURCE')).toEqual(['file:///old'])
      expect(await stored('PROMPT')).toEqual(['q'])
      expect((await registry.servers.get(id))?.status).toBe('READY')
      fixture.features.answer = () => false
      expect((await refreshOf(id)).resources).toMatchObject({ added: ['file:///new'], deleted: ['file:///old'] })
    },
  )

  it('takes a server with resources that knows no templates', async () => {
    const id = await open(era, {
      resources: [resource('a')],
      answer({ method, response, id: asked }) {
        if (method !== 'resources/templates/list') return false
        response.writeHead(era === 'MODERN' ? 404 : 200, { 'content-type': 'application/json' })
        response.end(JSON.stringify({ jsonrpc: '2.0', id: asked, error: { code: -32601, message: 'no' } }))
        return true
      },
    })
    expect(await refreshOf(id)).toMatchObject({
      resources: { addedCount: 1, error: null },
      resourceTemplates: { addedCount: 0, error: null },
    })
  })

  it('rejects each definition by itself, with the reason', async () => {
    const id = await open(era, {
      resources: [
        { uri: 'x:no-name' },
        { name: 'no uri' },
        7,
        { uri: 'x:\0' },
        resource('a', { size: 'large' }),
        resource('b', { icons: null, annotations: { priority: null, audience: ['user'] } }),
        resource('b'),
        { uri: `x:${'y'.repeat(65_536)}`, name: 'long' },
      ],
      prompts: [prompt('p', { arguments: [{ name: 'a', required: 'yes' }] }), prompt('q', { arguments: [] }), {}],
      resourceTemplates: [{ uriTemplate: '' }, template('t')],
    })
    const { resources, prompts, resourceTemplates } = await refreshOf(id)
    expect(resources).toMatchObject({ added: ['x:no-name', 'file:///b'], error: null })
    expect(resources.rejected.map(({ name, reason }) => `${name.slice(0, 12)}: ${reason}`)).toEqual([
      '#2 of the li: /uri: expected a string, got none',
      '#3 of the li: expected an object, got a number',
      'x:\0: /uri: expected no character U+0000',
      'file:///a: /size: expected a number of bytes, got a string',
      'file:///b: the list has it before; the first one is taken',
      'x:yyyyyyyyyy: /uri: expected at most 65536 characters, got 65538',
    ])
    expect(prompts.added).toEqual(['q'])
    expect(prompts.rejected).toEqual([
      { name: 'p', reason: '/arguments/0/required: expected true or false, got a string' },
      { name: '#3 of the list', reason: '/name: expected a string, got none' },
    ])
    expect(resourceTemplates).toMatchObject({ addedCount: 1, rejected: [{ name: '#1 of the list' }] })
  })

  it('keeps ids, tells what changed, and brings back what comes back', async () => {
    const id = await open(era, { resources: [resource('a'), resource('b')] })
    const { features } = storage.tenant(defaultTenant)
    await refreshOf(id)
    const [a] = await features.page({ filter: { kind: 'RESOURCE' }, sort: 'NAME', direction: 'ASC', limit: 1 })
    if (!a) throw new TypeError('It was stored')
    // Another order of the members of an object is no change.
    fixture.features.resources = [resource('a', { _meta: { x: 1, y: 2 } })]
    expect((await refreshOf(id)).resources).toMatchObject({ updated: ['file:///a'], deleted: ['file:///b'] })
    fixture.features.resources = [resource('a', { _meta: { y: 2, x: 1 } }), resource('b')]
    expect((await refreshOf(id)).resources).toMatchObject({ updated: [], added: ['file:///b'], unchangedCount: 1 })
    expect(await features.get(a.id)).toMatchObject({ firstSeenAt: a.firstSeenAt, removedAt: null })
  })

  it('is previewed without being stored', async () => {
    const id = await open(era, { resources: [resource('a')], prompts: [prompt('p')] })
    const preview = await registry.refreshes.preview(id)
    expect(preview).toMatchObject({ resources: { added: ['file:///a'] }, prompts: { added: ['p'] } })
    expect(await stored('RESOURCE')).toEqual([])
  })

  it.each(['resources', 'prompts', 'tools'])('follows a notification that the list of %s has changed', async (list) => {
    const id = await open(era, { resources: [resource('a')], prompts: [prompt('a')] })
    const listening = fixture.next(era === 'MODERN' ? 'subscriptions/listen' : 'GET')
    await refreshOf(id)
    const { params } = await listening
    if (era === 'MODERN') {
      expect(params.notifications).toEqual({
        toolsListChanged: true,
        resourcesListChanged: true,
        promptsListChanged: true,
      })
    }
    fixture.features.resources = [resource('b')]
    fixture.features.prompts = [prompt('b')]
    const seen: RegistryEvent['type'][] = []
    const events = registry.events()
    fixture.notify(`notifications/${list}/list_changed`)
    for await (const { type } of events) {
      if (type !== 'McpServerStatusChanged') seen.push(type)
      if (seen.length === 2) break
    }
    expect(seen).toEqual(['McpServerResourcesChanged', 'McpServerPromptsChanged'])
    expect(await stored('PROMPT')).toEqual(['b'])
  })
})

describe('the budgets', () => {
  it.each([
    ['listResources', 'resources'],
    ['listResourceTemplates', 'resourceTemplates'],
    ['listPrompts', 'prompts'],
  ] as const)('%s bounds one list', async (budget, list) => {
    const id = await open(
      'LEGACY',
      { resources: named(3, resource), resourceTemplates: named(3, template), prompts: named(3, prompt) },
      { [budget]: 2 },
    )
    const result = await refreshOf(id)
    for (const each of ['resources', 'resourceTemplates', 'prompts'] as const) {
      if (each === list) expect(result[each]).toMatchObject({ addedCount: 0, error: { code: 'LIMIT_EXCEEDED' } })
      else expect(result[each]).toMatchObject({ addedCount: 3, error: null })
    }
    expect(registry.stats().budgetRefusals[budget]).toBe(1)
  })

  it('listBytes bounds what all lists hold, and the tools come first', async () => {
    const long = 'x'.repeat(30_000)
    const id = await open(
      'LEGACY',
      {
        tools: [{ name: 'echo', description: long, inputSchema: { type: 'object' } }],
        resources: [resource('a', { description: long })],
        prompts: [prompt('p')],
      },
      { listBytes: 64 * 1024 },
    )
    expect(await refreshOf(id)).toMatchObject({
      added: [{ name: 'echo' }],
      resources: { error: { code: 'LIMIT_EXCEEDED', message: expect.stringContaining('listBytes') } },
      prompts: { addedCount: 1, error: null },
    })
  })

  it('featuresPerTenant leaves the lists as they were, and the tools are stored', async () => {
    const id = await open('LEGACY', { resources: named(3, resource) }, { featuresPerTenant: 3 })
    await refreshOf(id)
    fixture.features.prompts = [prompt('p')]
    fixture.features.tools = []
    expect(await refreshOf(id)).toMatchObject({
      status: 'SUCCEEDED',
      deleted: [{ name: 'echo' }],
      prompts: { added: [], error: { code: 'LIMIT_EXCEEDED', message: expect.stringContaining('featuresPerTenant') } },
    })
    expect(await stored('PROMPT')).toEqual([])
    expect(await stored('RESOURCE')).toHaveLength(3)
  })

  it('outcomeBytes bounds the names, and all are counted', async () => {
    const id = await open(
      'LEGACY',
      { resources: named(200, (n) => resource(n.padStart(20, '0'))) },
      { outcomeBytes: 1_024 },
    )
    const { resources } = await refreshOf(id)
    expect(resources.addedCount).toBe(200)
    expect(resources.added.length).toBeGreaterThan(10)
    expect(resources.added.length).toBeLessThan(60)
  })

  it('removedToolsPerServer bounds what is remembered', async () => {
    const id = await open('LEGACY', { resources: named(5, resource) }, { removedToolsPerServer: 2 })
    await refreshOf(id)
    fixture.features.resources = []
    await refreshOf(id)
    await refreshOf(id)
    const { features } = storage.tenant(defaultTenant)
    expect(await features.count({ kind: 'RESOURCE', includeRemoved: true })).toBe(2)
  })
})
