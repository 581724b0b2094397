import {
  createRegistry,
  type McpTool,
  memoryStorage,
  type Registry,
  type RegistryEvent,
  type ToolChangePolicy,
} from '@toolyard/core'
import { sqliteStorage } from '@toolyard/core/sqlite'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { behaviourTools, startFixture } from '../fixtures/mcp/mcp-fixture.ts'
import { propertyRuns } from '../fixtures/property-runs.ts'

const listed = (name: string, description: string) => ({
  name,
  description,
  inputSchema: { type: 'object', properties: { text: { type: 'string' } } },
})

async function register(registry: Registry, serverUrl: string, toolChangePolicy: ToolChangePolicy) {
  const config = { transport: 'streamableHttp' as const, serverUrl }
  return registry.servers.create({ name: 'fixture', config, toolChangePolicy, refresh: false })
}

async function refresh(registry: Registry, id: string) {
  return (await registry.servers.refresh(id)).result()
}

const ref = (tool: string) => ({ server: 'fixture', tool })
async function toolNamed(registry: Registry, name: string): Promise<McpTool> {
  const tool = await registry.tools.get(ref(name))
  if (!tool) throw new Error(`expected a tool named ${name}`)
  return tool
}

/** Reads the feed's flagged changes from `cursor` on. */
async function flagged(events: AsyncIterable<RegistryEvent>): Promise<RegistryEvent> {
  for await (const event of events) if (event.type === 'McpToolChangesFlagged') return event
  throw new Error('expected the feed to go on')
}

describe('a tool that changes, under QUARANTINE', () => {
  it('cannot be run while it is new, and can once its digest is approved', async () => {
    await using fixture = await startFixture()
    await using registry = await createRegistry()
    const { id } = await register(registry, fixture.url, 'QUARANTINE')
    const events = registry.events()
    await refresh(registry, id)
    expect(await flagged(events)).toMatchObject({ server: { id }, quarantined: true, count: behaviourTools.length })
    const echo = await toolNamed(registry, 'echo')
    expect(echo.quarantine).toMatchObject({ kind: 'NEW', changes: [], definition: { name: 'echo' } })
    await expect(registry.tools.run(ref('echo'), { message: 'hi' })).rejects.toMatchObject({ code: 'QUARANTINED' })
    expect(await registry.runs.count()).toBe(0)

    const conflict = { code: 'REVISION_CONFLICT', path: ['digest'] }
    await expect(registry.tools.approve(echo.id, 'another')).rejects.toMatchObject(conflict)
    const digest = echo.quarantine?.digest ?? ''
    expect(await registry.tools.approve(echo.id, digest)).toMatchObject({ id: echo.id, quarantine: null })
    expect(await registry.tools.run(ref('echo'), { message: 'hi' })).toMatchObject({ status: 'SUCCEEDED' })
    // Twice is once.
    expect(await registry.tools.approve(echo.id, digest)).toMatchObject({ quarantine: null })
    expect(await registry.tools.count({ quarantined: true })).toBe(behaviourTools.length - 1)
  })

  it('keeps the definition in force, shown and run by, until the new one is approved', async () => {
    await using fixture = await startFixture({ tools: [listed('echo', 'one')] })
    await using registry = await createRegistry()
    const { id } = await register(registry, fixture.url, 'ACCEPT')
    await refresh(registry, id)
    const { server } = await registry.servers.update(id, { toolChangePolicy: 'QUARANTINE' })
    expect(server.toolChangePolicy).toBe('QUARANTINE')
    fixture.setTools([{ ...listed('echo', 'two'), title: 'Echo' }])
    const changed = await refresh(registry, id)
    expect(changed.updated[0]?.changes.map(({ pointer }) => pointer)).toEqual(['/description', '/title'])
    const echo = await toolNamed(registry, 'echo')
    expect(echo).toMatchObject({ description: 'one', title: null })
    expect(echo.quarantine).toMatchObject({
      kind: 'CHANGED',
      definition: { description: 'two', title: 'Echo' },
      changes: [{ pointer: '/description', before: 'one', after: 'two' }, { pointer: '/title' }],
    })
    expect(await registry.tools.run(ref('echo'), { text: 'hi' })).toMatchObject({ status: 'SUCCEEDED' })
    // The same again is no news.
    expect(await refresh(registry, id)).toMatchObject({ updated: [], unchangedCount: 1 })

    fixture.setTools([{ ...listed('echo', 'two'), title: 'Another' }])
    await refresh(registry, id)
    const approving = registry.tools.approve(echo.id, echo.quarantine?.digest ?? '')
    await expect(approving).rejects.toMatchObject({ code: 'REVISION_CONFLICT' })
    const { quarantine } = await toolNamed(registry, 'echo')
    const events = registry.events()
    const approved = await registry.tools.approve(echo.id, quarantine?.digest ?? '')
    expect(approved).toMatchObject({ description: 'two', title: 'Another', quarantine: null })
    expect((await events.next()).value).toMatchObject({ type: 'McpToolApproved', toolId: echo.id })
    await events.return?.()
  })

  it('is as before where the server takes its change back', async () => {
    await using fixture = await startFixture({ tools: [listed('echo', 'one')] })
    await using registry = await createRegistry()
    const { id } = await register(registry, fixture.url, 'ACCEPT')
    await refresh(registry, id)
    await registry.servers.update(id, { toolChangePolicy: 'QUARANTINE' })
    for (const description of ['two', 'one']) {
      fixture.setTools([listed('echo', description)])
      await refresh(registry, id)
    }
    expect(await toolNamed(registry, 'echo')).toMatchObject({ description: 'one', quarantine: null })
  })
})

it('a change under WARN is in force, and the feed tells of it; under ACCEPT it tells of nothing to look at', async () => {
  await using fixture = await startFixture({ tools: [listed('echo', 'one')] })
  await using registry = await createRegistry()
  const { id } = await register(registry, fixture.url, 'ACCEPT')
  const events = registry.events()
  await refresh(registry, id)
  await registry.servers.update(id, { toolChangePolicy: 'WARN' })
  fixture.setTools([listed('echo', 'two')])
  const { updated } = await refresh(registry, id)
  const { id: toolId } = await toolNamed(registry, 'echo')
  // The first of its kind is that of the second refresh.
  expect(await flagged(events)).toMatchObject({ quarantined: false, count: 1, toolIds: [toolId] })
  expect(updated[0]?.tool).toMatchObject({ description: 'two', quarantine: null })
})

interface Modelled {
  listed: number | undefined
  inForce: number | undefined
}

const name = fc.constantFrom('a', 'b', 'c')
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('LIST' as const), versions: fc.dictionary(name, fc.nat(3)) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('APPROVE' as const), name, stale: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('POLICY' as const),
      policy: fc.constantFrom<ToolChangePolicy>('ACCEPT', 'WARN', 'QUARANTINE'),
    }),
  },
)

describe.each([
  ['memory', () => memoryStorage()],
  ['SQLite', () => sqliteStorage({ path: ':memory:' })],
])('in %s, whatever is listed, approved and decided', (_, makeStorage) => {
  it('what is in force was accepted by the policy of its refresh, or approved by its digest', async () => {
    await using fixture = await startFixture({ tools: [] })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 15 }), async (steps) => {
        await using registry = await createRegistry({ storage: makeStorage() })
        let policy: ToolChangePolicy = 'QUARANTINE'
        const { id } = await register(registry, fixture.url, policy)
        const model = new Map<string, Modelled>()
        let stale = 'none'
        for (const each of steps) {
          if (each.kind === 'POLICY') {
            policy = each.policy
            await registry.servers.update(id, { toolChangePolicy: policy })
          } else if (each.kind === 'LIST') {
            const versions = new Map(Object.entries(each.versions))
            fixture.setTools([...versions].map(([tool, version]) => listed(tool, String(version))))
            await refresh(registry, id)
            for (const [tool, entry] of model) if (!versions.has(tool)) entry.listed = undefined
            for (const [tool, version] of versions) {
              const { inForce } = model.get(tool) ?? { inForce: undefined }
              model.set(tool, { listed: version, inForce: policy === 'QUARANTINE' ? inForce : version })
            }
          } else {
            const tool = await registry.tools.get(ref(each.name))
            const digest = tool?.quarantine?.digest
            if (tool && digest !== undefined) {
              const entry = model.get(each.name)
              if (each.stale && stale !== digest) {
                await expect(registry.tools.approve(tool.id, stale)).rejects.toMatchObject({
                  code: 'REVISION_CONFLICT',
                })
              } else if (entry) {
                await registry.tools.approve(tool.id, digest)
                entry.inForce = entry.listed
              }
              stale = digest
            }
          }
          for (const [tool, entry] of model) {
            const found = await registry.tools.get(ref(tool))
            expect(found === undefined).toBe(entry.listed === undefined)
            if (!found) continue
            expect(found.quarantine?.kind ?? null).toBe(
              entry.inForce === undefined ? 'NEW' : entry.inForce === entry.listed ? null : 'CHANGED',
            )
            expect(found.description).toBe(String(entry.inForce ?? entry.listed))
            expect(found.quarantine?.definition.description ?? String(entry.listed)).toBe(String(entry.listed))
          }
        }
      }),
      { numRuns: propertyRuns(15) },
    )
  })
})
