import { createRegistry, type Registry, type RegistryObserver } from '@toolyard/core'
import { afterEach, describe, expect, it } from 'vitest'
import { type Era, type FeatureServer, type Features, startFeatureServer } from '../fixtures/mcp/feature-server.ts'
import type { Asked } from '../fixtures/mcp/scripted-http.ts'
import { refuse } from '../fixtures/mcp/scripted-modern.ts'

let registry: Registry
let fixture: FeatureServer
afterEach(async () => {
  await registry.close()
  await fixture[Symbol.asyncDispose]()
})

const lists: Partial<Features> = {
  resources: [
    { uri: 'file:///a', name: 'a', mimeType: 'text/plain', size: 1, annotations: { priority: 1 }, _meta: { x: 1 } },
    { uri: 'db://b', name: 'b', title: 'B', icons: [{ src: 'https://icons.test/b.png' }] },
  ],
  resourceTemplates: [{ uriTemplate: 'file:///{path}{?line,column:3,tags*}', name: 't' }],
  prompts: [
    {
      name: 'greet',
      description: 'Greets',
      arguments: [
        { name: 'who', required: true },
        { name: 'how', title: 'How' },
      ],
    },
  ],
}

/** Answers one method; the rest is the fixture's. */
const on =
  (method: string, answer: (asked: Asked) => void): Features['answer'] =>
  (asked) => {
    if (asked.method !== method) return false
    answer(asked)
    return true
  }
const complete = (result: object) => (asked: Asked) => asked.result({ resultType: 'complete', ...result })

async function open(
  era: Era,
  features: Partial<Features> = {},
  options: { readonly messageBytes?: number; readonly observer?: RegistryObserver } = {},
): Promise<string> {
  fixture = await startFeatureServer(era, { ...lists, ...features })
  const { messageBytes, observer } = options
  registry = await createRegistry({
    ...(messageBytes === undefined ? {} : { budgets: { messageBytes } }),
    ...(observer ? { observer } : {}),
  })
  const config = { transport: 'streamableHttp', serverUrl: fixture.url } as const
  const { id } = await registry.servers.create({ name: 'fixture', config, refresh: false })
  await (await registry.servers.refresh(id)).result()
  return id
}

const a = { server: 'fixture', uri: 'file:///a' }
const greet = { server: 'fixture', prompt: 'greet' }
const eras = ['LEGACY', 'MODERN'] as const

describe('listed resources, templates and prompts', () => {
  it('are found by their ids, names, filters and pages', async () => {
    const id = await open('LEGACY')
    const page = await registry.resources.list({ first: 1 })
    expect(page.edges).toMatchObject([{ node: { uri: 'file:///a', name: 'a', mimeType: 'text/plain', size: 1 } }])
    const next = await registry.resources.list({ first: 1, after: page.pageInfo.endCursor ?? '' })
    expect(next).toMatchObject({ edges: [{ node: { title: 'B' } }], pageInfo: { hasNextPage: false } })
    const found = await registry.resources.get(a)
    expect(found).toMatchObject({
      serverId: id,
      annotations: { priority: 1 },
      meta: { x: 1 },
      icons: [],
      digest: expect.stringMatching(/^[0-9a-f]{64}$/),
      removedAt: null,
    })
    expect(found?.id).toMatch(/^rsrc_[0-9a-f]{32}$/)
    expect(await registry.resources.get({ id: found?.id ?? '' })).toMatchObject({ uri: 'file:///a' })
    expect([...(await registry.resources.getMany([found?.id ?? '', 'nonsense'])).keys()]).toEqual([found?.id])
    expect(await registry.resources.count({ uri: { startsWith: 'db:' } })).toBe(1)
    expect(await registry.resources.count({ mimeType: { eq: 'text/plain' } })).toBe(1)
    expect((await registry.resources.listByServer([id], { first: 1 })).get(id)?.edges).toHaveLength(1)
    expect(await registry.resources.countByServer([id])).toEqual(new Map([[id, 2]]))
    const [template] = (await registry.resources.templates.list()).edges
    expect(template?.node).toMatchObject({ uriTemplate: 'file:///{path}{?line,column:3,tags*}' })
    const prompt = await registry.prompts.get(greet)
    expect(prompt).toMatchObject({
      description: 'Greets',
      arguments: [
        { name: 'who', title: null, description: null, required: true },
        { name: 'how', title: 'How', required: false },
      ],
    })
    expect(await registry.prompts.get({ id: found?.id ?? '' })).toBeUndefined()
    expect(await registry.tenant('other').resources.get({ id: found?.id ?? '' })).toBeUndefined()
    expect(await registry.tenant('other').prompts.count()).toBe(0)
  })

  it('are refused for references and pages of another kind', async () => {
    await open('LEGACY')
    const odd: object = { server: 'fixture' }
    // As a caller without types.
    await expect(registry.resources.get(odd as never)).rejects.toMatchObject({ path: ['resource'] })
    await expect(registry.prompts.list({ first: 1_000 })).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    const { pageInfo } = await registry.resources.list()
    const after = pageInfo.endCursor ?? ''
    await expect(registry.prompts.list({ after })).rejects.toMatchObject({ code: 'INVALID_INPUT', path: ['after'] })
  })
})

describe.each(eras)('a read of a %s server', (era) => {
  it('answers texts and bytes as they came, of resources that are listed or not', async () => {
    await open(era)
    const blob = Buffer.alloc(1_000, 7).toString('base64')
    fixture.features.answer = on('resources/read', (asked) =>
      complete({
        contents: [
          { uri: asked.params.uri, mimeType: 'text/plain', text: 'ä\n', _meta: { x: 1 } },
          { uri: 'other:b', blob, annotations: { audience: ['user'] } },
        ],
        _meta: { y: 2 },
      })(asked),
    )
    for (const uri of ['file:///a', 'javascript:alert(1)', 'x:ä']) {
      expect(await registry.resources.read({ server: 'fixture', uri })).toEqual({
        contents: [
          { type: 'resource', uri, mimeType: 'text/plain', text: 'ä\n', meta: { x: 1 } },
          { type: 'resource', uri: 'other:b', blob, annotations: { audience: ['user'] } },
        ],
        freshUntil: null,
        meta: expect.objectContaining({ y: 2 }),
      })
    }
    const { edges } = await registry.resources.list()
    await registry.resources.read({ id: edges[0]?.node.id ?? '' })
    expect(fixture.asked.at(-1)?.params.uri).toBe('file:///a')
  })

  it('by a template asks for the URI that it expands to', async () => {
    await open(era)
    fixture.features.answer = on('resources/read', (asked) =>
      complete({ contents: [{ text: `${asked.params.uri}` }] })(asked),
    )
    const { node } = (await registry.resources.templates.list()).edges[0] ?? {}
    const values = { path: 'a b', line: '7', column: 'äöüß', tags: ['x', 'y'] }
    const uri = 'file:///a%20b?line=7&column=%C3%A4%C3%B6%C3%BC&tags=x&tags=y'
    const uriTemplate = node?.uriTemplate ?? ''
    for (const template of [{ id: node?.id ?? '' }, { server: 'fixture', uriTemplate }]) {
      const { contents } = await registry.resources.read({ template, values })
      expect(contents).toMatchObject([{ uri, text: uri }])
    }
    const { edges } = await registry.audit.list({ filter: { action: ['RESOURCE_READ'] } })
    expect(edges).toMatchObject([{ node: { targetName: uri } }, { node: { targetName: uri } }])
  })

  it('by a template is refused with the path of what does not fit, and nothing is sent', async () => {
    await open(era)
    const template = { server: 'fixture', uriTemplate: 'file:///{path}{?line,column:3,tags*}' }
    const values = { path: 'a', line: null, column: null, tags: null }
    const refusals = [
      [{ template, values: { ...values, path: 1 } }, ['values', 'path']],
      [{ template, values: { path: 'a' } }, ['values', 'line']],
      [{ template: { ...template, uriTemplate: 'none' }, values }, ['template']],
      [{ template: { id: 'rtpl_none' }, values }, ['template']],
      [{ template: null, values }, ['template']],
      [{ template, values: { ...values, path: 'a'.repeat(70_000) } }, ['values']],
      [{ server: 'fixture', uri: `x:${'a'.repeat(70_000)}` }, ['uri']],
    ] as const
    for (const [ref, path] of refusals) {
      // As a caller without types.
      await expect(registry.resources.read(ref as never)).rejects.toMatchObject({ path })
    }
    expect(fixture.count('resources/read')).toBe(0)
  })

  it.each([-32_002, -32_602])(
    'that the server refuses with %i finds nothing, and the server is READY',
    async (code) => {
      const id = await open(era)
      const status = era === 'MODERN' ? 400 : 200
      fixture.features.answer = on('resources/read', (asked) => void refuse(asked, status, code, 'no such thing'))
      await expect(registry.resources.read(a)).rejects.toMatchObject({ code: 'NOT_FOUND', path: ['uri'] })
      expect((await registry.servers.get(id))?.status).toBe('READY')
    },
  )

  it.each([
    ['no list', { contents: {} }],
    ['a content that is no object', { contents: [1] }],
    ['a content without content', { contents: [{ uri: 'x:a' }] }],
  ])('with %s is a PROTOCOL_ERROR', async (_, result) => {
    await open(era)
    fixture.features.answer = on('resources/read', complete(result))
    await expect(registry.resources.read(a)).rejects.toMatchObject({ code: 'PROTOCOL_ERROR' })
  })

  it('of a server without the capability, a missing server or a disabled one is refused before anything is read', async () => {
    const id = await open(era, { capabilities: { tools: {} } })
    await expect(registry.resources.read(a)).rejects.toMatchObject({ code: 'NOT_FOUND', path: ['resource'] })
    const missing = { server: 'nobody', uri: 'x:a' }
    await expect(registry.resources.read(missing)).rejects.toMatchObject({ code: 'NOT_FOUND', path: ['resource'] })
    await registry.servers.update(id, { enabled: false })
    await expect(registry.resources.read(a)).rejects.toMatchObject({ code: 'DISABLED' })
    expect(fixture.count('resources/read')).toBe(0)
  })

  it('ends with its deadline, its signal, and the registry', async () => {
    await open(era)
    fixture.features.answer = on('resources/read', () => undefined)
    await expect(registry.resources.read(a, { timeoutMs: 50 })).rejects.toMatchObject({ code: 'TIMEOUT' })
    const controller = new AbortController()
    const asked = fixture.next('resources/read')
    const canceled = registry.resources.read(a, { signal: controller.signal })
    await asked
    controller.abort()
    await expect(canceled).rejects.toMatchObject({ code: 'CANCELED' })
    const again = fixture.next('resources/read')
    const closed = registry.resources.read(a)
    closed.catch(() => undefined)
    await again
    await registry.close()
    await expect(closed).rejects.toMatchObject({ code: expect.stringMatching(/CANCELED|CLOSED/) })
    await expect(registry.resources.read(a)).rejects.toBeInstanceOf(Error)
  })

  it('is sent once more after a lost connection, and no third time', async () => {
    await open(era)
    let cuts = 1
    fixture.features.answer = on('resources/read', (asked) => {
      if (cuts-- > 0) asked.response.destroy()
      else complete({ contents: [{ uri: 'file:///a', text: 'x' }] })(asked)
    })
    expect((await registry.resources.read(a)).contents).toMatchObject([{ text: 'x' }])
    cuts = 5
    await expect(registry.resources.read(a)).rejects.toMatchObject({ code: 'CONNECT_FAILED' })
    expect(cuts).toBe(3)
  })

  it('takes 8 MiB of bytes whole, and refuses an answer over the cap', async () => {
    await open(era, {}, { messageBytes: 12 * 1024 * 1024 })
    const blob = Buffer.alloc(8 * 1024 * 1024, 1).toString('base64')
    let copies = 1
    fixture.features.answer = on('resources/read', (asked) =>
      complete({ contents: Array.from({ length: copies }, () => ({ uri: 'file:///a', blob })) })(asked),
    )
    const { contents } = await registry.resources.read(a)
    expect(contents[0]?.blob?.length).toBe(blob.length)
    copies = 2
    await expect(registry.resources.read(a)).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' })
  })

  it('is recorded: who read which URI, and how long it took', async () => {
    const operations: string[] = []
    const id = await open(
      era,
      {},
      { observer: { onOperation: ({ method, errorType }) => operations.push(`${method} ${errorType}`) } },
    )
    fixture.features.answer = on('resources/read', complete({ contents: [] }))
    await registry.resources.read(a, { actor: 'key_1' })
    fixture.features.answer = on('resources/read', (asked) => void refuse(asked, 200, -32_002))
    await expect(registry.resources.read({ ...a, uri: 'x:secret' }, { actor: 'key_2' })).rejects.toThrow()
    const { edges } = await registry.audit.list({ filter: { action: ['RESOURCE_READ'] } })
    expect(edges.map(({ node }) => node)).toMatchObject([
      { actor: 'key_2', targetId: id, targetName: 'x:secret', refusedWith: 'NOT_FOUND' },
      { actor: 'key_1', targetId: id, targetName: 'file:///a', refusedWith: null },
    ])
    expect(operations.filter((operation) => operation.startsWith('resources/read'))).toEqual([
      'resources/read null',
      'resources/read -32002',
    ])
  })
})

describe.each(eras)('a prompt of a %s server', (era) => {
  it('is rendered with messages of every kind of content', async () => {
    await open(era)
    fixture.features.answer = on('prompts/get', (asked) =>
      complete({
        description: 'A greeting',
        messages: [
          { role: 'user', content: { type: 'text', text: JSON.stringify(asked.args) } },
          { role: 'assistant', content: { type: 'image', data: 'AA==', mimeType: 'image/png' } },
          { role: 'user', content: { type: 'resource', resource: { uri: 'x:a', text: 'a' } } },
          { role: 'user', content: { type: 'resource_link', uri: 'x:b', name: 'b' } },
          { role: 'user', content: { type: 'hologram', x: 1 } },
        ],
      })(asked),
    )
    expect(await registry.prompts.render(greet, { who: 'you' })).toMatchObject({
      description: 'A greeting',
      messages: [
        { role: 'user', content: { type: 'text', text: '{"who":"you"}' } },
        { role: 'assistant', content: { type: 'image', data: 'AA==' } },
        { role: 'user', content: { type: 'resource', uri: 'x:a', text: 'a' } },
        { role: 'user', content: { type: 'resource_link', uri: 'x:b' } },
        { role: 'user', content: { type: 'unknown', raw: { type: 'hologram', x: 1 } } },
      ],
    })
    expect((await registry.audit.list({ filter: { action: ['PROMPT_RENDERED'] } })).edges).toHaveLength(1)
  })

  it('is refused with a pointer for each argument that does not fit, and nothing is sent', async () => {
    await open(era)
    // As a caller without types.
    const args = { how: 7, 'to/whom': 'x' } as never
    await expect(registry.prompts.render(greet, args)).rejects.toMatchObject({
      code: 'TOOL_ARGS_INVALID',
      path: ['args'],
      details: {
        issues: [
          { pointer: '/who', keyword: 'required' },
          { pointer: '/how', keyword: 'type' },
          { pointer: '/to~1whom', keyword: 'additionalProperties' },
        ],
      },
    })
    const missing = { server: 'fixture', prompt: 'other' }
    await expect(registry.prompts.render(missing)).rejects.toMatchObject({ code: 'NOT_FOUND', path: ['prompt'] })
    expect(fixture.count('prompts/get')).toBe(0)
  })

  it('whose answer has no messages, or one of another role, is a PROTOCOL_ERROR', async () => {
    await open(era)
    for (const messages of ['none', [{ role: 'system', content: { type: 'text', text: 'x' } }]]) {
      fixture.features.answer = on('prompts/get', complete({ messages }))
      await expect(registry.prompts.render(greet, { who: 'x' })).rejects.toMatchObject({ code: 'PROTOCOL_ERROR' })
    }
  })

  it('and a template have their arguments completed, with context', async () => {
    await open(era)
    const values = Array.from({ length: 150 }, (_, n) => `${n}`)
    fixture.features.answer = on('completion/complete', complete({ completion: { values, total: 150 } }))
    const context = { who: 'me' }
    const completed = await registry.prompts.complete(greet, { argument: 'how', value: 'w', context })
    expect(completed).toEqual({ values: values.slice(0, 100), total: 150, hasMore: true })
    expect(fixture.asked.at(-1)?.params).toMatchObject({
      ref: { type: 'ref/prompt', name: 'greet' },
      argument: { name: 'how', value: 'w' },
      context: { arguments: context },
    })
    const { uriTemplate } = (await registry.resources.templates.list()).edges[0]?.node ?? { uriTemplate: '' }
    const template = { server: 'fixture', uriTemplate }
    for (const argument of ['path', 'line', 'column', 'tags']) {
      await registry.resources.templates.complete(template, { argument, value: '' })
    }
    expect(fixture.asked.at(-1)?.params).toMatchObject({ ref: { type: 'ref/resource', uri: uriTemplate } })
    const unknown = { code: 'INVALID_INPUT', path: ['argument'] }
    await expect(registry.prompts.complete(greet, { argument: 'x', value: '' })).rejects.toMatchObject(unknown)
    await expect(registry.resources.templates.complete(template, { argument: 'x', value: '' })).rejects.toMatchObject(
      unknown,
    )
  })

  it('of a server that offers no completions is completed by no request', async () => {
    await open(era, { capabilities: { tools: {}, prompts: {} } })
    const completing = registry.prompts.complete(greet, { argument: 'who', value: '' })
    await expect(completing).rejects.toMatchObject({ code: 'INVALID_INPUT', path: ['argument'] })
    expect(fixture.count('completion/complete')).toBe(0)
  })
})

it('reads, prompts and completions of one tenant beyond asksPerTenant are refused, and those of another one are not', async () => {
  fixture = await startFeatureServer('MODERN', lists)
  registry = await createRegistry({ budgets: { asksPerTenant: 2 } })
  const config = { transport: 'streamableHttp', serverUrl: fixture.url } as const
  for (const { servers } of [registry, registry.tenant('other')]) {
    const { id } = await servers.create({ name: 'fixture', config, refresh: false })
    await (await servers.refresh(id)).result()
  }
  const holding: Asked[] = []
  fixture.features.answer = on('resources/read', (asked) => void holding.push(asked))
  const held = [registry.resources.read(a), registry.resources.read(a)]
  await expect.poll(() => holding.length).toBe(2)
  const refused = { code: 'LIMIT_EXCEEDED', retryable: true, message: expect.stringContaining('asksPerTenant') }
  await expect(registry.resources.read(a)).rejects.toMatchObject(refused)
  await expect(registry.prompts.render(greet, { who: 'x' })).rejects.toMatchObject(refused)
  await expect(registry.prompts.complete(greet, { argument: 'who', value: '' })).rejects.toMatchObject(refused)
  expect(registry.stats().budgetRefusals.asksPerTenant).toBe(3)
  const other = registry.tenant('other').resources.read(a)
  await expect.poll(() => holding.length).toBe(3)
  for (const asked of holding) complete({ contents: [] })(asked)
  await Promise.all([...held, other])
  fixture.features.answer = on('resources/read', complete({ contents: [] }))
  expect((await registry.resources.read(a)).contents).toEqual([])
})
