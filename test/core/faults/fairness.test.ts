import { createRegistry, type Registry, type RegistryOptions, type TenantRegistry } from '@toolyard/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fixtureStdio } from '../../fixtures/mcp/mcp-fixture.ts'
import { delayBeyond } from '../../fixtures/mcp/registered.ts'
import { type Asked, type ScriptedServer, startScripted } from '../../fixtures/mcp/scripted-http.ts'

const http = ({ url }: { readonly url: string }) => ({ transport: 'streamableHttp' as const, serverUrl: url })
/** Another tenant's run or refresh, from its call to its end at a server that answers at once, in ms. */
const mayWaitMs = 500

/** A server that takes requests of the one method and never answers them. */
const startHanging = (silentMethod: string) => startScripted(({ method }) => method === silentMethod)

let sound: ScriptedServer
beforeAll(async () => {
  sound = await startScripted()
})
afterAll(() => sound[Symbol.asyncDispose]())

/** Whether the sound server is asked within the time, by a timer that a busy machine holds up as well. */
async function begins(method: string, work: () => Promise<unknown>): Promise<void> {
  const asked = sound.next(method)
  const { beyondMs } = await delayBeyond(mayWaitMs, () => Promise.all([asked, work()]))
  expect(beyondMs).toBeLessThan(0)
}

/** Servers of the tenant whose tools are known, and which it has no session with. */
async function withTools(tenant: TenantRegistry, { url }: ScriptedServer, count: number): Promise<readonly string[]> {
  const names = Array.from({ length: count }, (_, n) => `hanging ${n}`)
  for (const name of names) {
    const { id } = await tenant.servers.create({ name, config: http(sound), refresh: false })
    await (await tenant.servers.refresh(id)).result()
    await tenant.servers.update(id, { config: { transport: 'streamableHttp', serverUrl: url } })
  }
  return names
}

async function soundServer(tenant: TenantRegistry) {
  const { id } = await tenant.servers.create({ name: 'sound', config: http(sound), refresh: false })
  return {
    refresh: async () => (await tenant.servers.refresh(id)).result(),
    run: async () => {
      expect((await tenant.tools.run({ server: 'sound', tool: 'echo' })).status).toBe('SUCCEEDED')
    },
  }
}

/** So many runs of each server, each as another agent: with a session of its own. */
async function startRuns(tenant: TenantRegistry, servers: readonly string[], each: number): Promise<void> {
  for (const server of servers) {
    for (let n = 0; n < each; n += 1)
      await tenant.tools.start({ server, tool: 'echo' }, {}, { agentId: `agent ${n}`, timeouts: { connectMs: 60_000 } })
  }
}

/** Who attacks: one tenant beside others, or the one that was alone until then. */
describe.each([
  { who: 'a tenant', name: 'attacker', share: 0.5 },
  { who: 'a tenant that was alone', name: 'default', share: 1 },
])('$who that holds all that it can', ({ name, share }) => {
  async function open(options: RegistryOptions, use: (registry: Registry, attacker: TenantRegistry) => Promise<void>) {
    await using registry = await createRegistry({ ...options, timeouts: { connectMs: 60_000 } })
    await use(registry, registry.tenant(name))
  }

  it('by refreshes without an end does not hold up the refresh of another', () =>
    open({}, async (registry, attacker) => {
      await using hanging = await startHanging('tools/list')
      const jobs = []
      for (let n = 0; n < 20; n += 1) {
        const { id } = await attacker.servers.create({ name: `${n}`, config: http(hanging), refresh: false })
        jobs.push(await attacker.servers.refresh(id))
      }
      await expect.poll(() => hanging.count('tools/list')).toBe(8 * share)
      const victim = await soundServer(registry.tenant('victim'))
      await begins('tools/list', victim.refresh)
      // From here on it gets no more than its share, also where it had more.
      await Promise.all(jobs.slice(0, 8).map((job) => job.cancel()))
      await begins('tools/list', victim.refresh)
      await expect.poll(() => hanging.count('tools/list')).toBe(8 * share + 4)
    }))

  it('by dry runs without an end does not hold up the refresh of another', () =>
    open({}, async (registry, attacker) => {
      await using hanging = await startHanging('tools/list')
      const leaving = new AbortController()
      const previews: Promise<unknown>[] = []
      for (let n = 0; n < 20; n += 1) {
        const { id } = await attacker.servers.create({ name: `${n}`, config: http(hanging), refresh: false })
        previews.push(attacker.servers.refresh(id, { dryRun: true, signal: leaving.signal }).catch(() => undefined))
      }
      await expect.poll(() => hanging.count('tools/list')).toBe(8 * share)
      const victim = await soundServer(registry.tenant('victim'))
      await begins('tools/list', victim.refresh)
      leaving.abort()
      await Promise.all(previews)
    }))

  it.each([
    { what: 'runs without an end', silent: 'tools/call' },
    { what: 'connections that are never answered', silent: 'initialize' },
  ])('by $what does not hold up the run of another', ({ silent }) =>
    open({ budgets: { sessions: 64 } }, async (registry, attacker) => {
      await using hanging = await startHanging(silent)
      const servers = await withTools(attacker, hanging, 5)
      await startRuns(attacker, servers, 16)
      await expect.poll(() => hanging.count(silent)).toBe(64 * share)
      const victim = await soundServer(registry.tenant('victim'))
      await begins('initialize', victim.refresh)
      await begins('tools/call', victim.run)
      expect(registry.stats().waitingRequests).toBe(80 - 64 * share)
    }),
  )

  it('by requests that hang at an origin which both use does not hold up the run of another', () =>
    open({ budgets: { connectionsPerOrigin: 4 } }, async (registry, attacker) => {
      const isHanging = ({ method, args }: Asked) => method === 'tools/call' && args.hang === true
      await using shared = await startScripted(isHanging)
      for (const tenant of [attacker, registry.tenant('victim')]) {
        const { id } = await tenant.servers.create({ name: 'shared', config: http(shared), refresh: false })
        await (await tenant.servers.refresh(id)).result()
      }
      const tool = { server: 'shared', tool: 'echo' }
      for (let n = 0; n < 16; n += 1) await attacker.tools.start(tool, { hang: true })
      await expect.poll(() => shared.asked.filter(isHanging).length).toBeGreaterThanOrEqual(4)
      const { beyondMs, value } = await delayBeyond(mayWaitMs, () => registry.tenant('victim').tools.run(tool))
      expect(value.status).toBe('SUCCEEDED')
      expect(beyondMs).toBeLessThan(0)
    }))

  it('by the probes of an import does not hold up the run of another', () =>
    open({ budgets: { sessions: 4 } }, async (registry, attacker) => {
      await using hanging = await startHanging('initialize')
      const leaving = new AbortController()
      const mcpServers = Object.fromEntries(Array.from({ length: 8 }, (_, n) => [`${n}`, { url: hanging.url }]))
      const importing = attacker.servers.import({ source: { json: { mcpServers } } }, { signal: leaving.signal })
      importing.catch(() => undefined)
      await expect.poll(() => hanging.count('initialize')).toBe(4 * share)
      const victim = await soundServer(registry.tenant('victim'))
      await begins('initialize', victim.refresh)
      leaving.abort()
      await expect(importing).rejects.toMatchObject({ code: 'CANCELED' })
    }))
})

describe('commands that end as soon as they are started', () => {
  it('are started at the rate of the budget, by turns of tenants', async () => {
    await using registry = await createRegistry({ budgets: { spawns: 20, refreshes: 200 } })
    const attacker = registry.tenant('attacker')
    const config = { transport: 'stdio' as const, command: process.execPath, args: ['-e', ''] }
    const started: number[] = []
    const startedAt = performance.now()
    const jobs = []
    for (let n = 0; n < 12; n += 1) {
      const { id } = await attacker.servers.create({ name: `${n}`, config, refresh: false })
      const job = await attacker.servers.refresh(id)
      jobs.push(job.result().catch(() => started.push(performance.now() - startedAt)))
    }
    const victim = registry.tenant('victim')
    const stdio = { transport: 'stdio' as const, ...fixtureStdio() }
    const { id } = await victim.servers.create({ name: 'sound', config: stdio, refresh: false })
    await (await victim.servers.refresh(id)).result()
    // It did not wait for those that came before it, of which each has a tenth of a second.
    expect(started.length).toBeLessThan(12)
    await Promise.all(jobs)
    expect(started.at(-1)).toBeGreaterThan(1_000)
  })
})

describe('servers that are refreshed every second', () => {
  it('are refreshed at the rate of their tenant', async () => {
    await using registry = await createRegistry({ budgets: { scheduledRefreshes: 5 } })
    const { servers } = registry.tenant('a')
    for (let n = 0; n < 20; n += 1) {
      await servers.create({ name: `${n}`, config: http(sound), refresh: false, refreshIntervalMs: 1_000 })
    }
    const count = () => sound.count('tools/list')
    const before = count()
    await expect.poll(count).toBeGreaterThan(before)
    const startedAt = performance.now()
    await expect.poll(count).toBeGreaterThanOrEqual(before + 10)
    expect(performance.now() - startedAt).toBeGreaterThan(1_500)
    expect(registry.stats().budgetRefusals.scheduledRefreshes).toBeGreaterThan(0)
  })
})

describe('sessions of tenants', () => {
  it('that are idle go for another tenant, of the tenant with the most first, the least recently used first', async () => {
    await using registry = await createRegistry({ budgets: { sessions: 4 } })
    const tenants = { a: registry.tenant('a'), b: registry.tenant('b'), c: registry.tenant('c') }
    const add = async (tenant: TenantRegistry, name: string) => {
      const { id } = await tenant.servers.create({ name, config: http(sound), refresh: false })
      await (await tenant.servers.refresh(id)).result()
    }
    for (const name of ['one', 'two']) await add(tenants.a, name)
    await add(tenants.b, 'one')
    await add(tenants.c, 'one')
    expect(registry.stats()).toMatchObject({ sessions: 4, idleSessions: 4, sessionsOpened: 4 })
    await tenants.a.tools.run({ server: 'one', tool: 'echo' })
    await add(tenants.c, 'two')
    const opened = () => registry.stats().sessionsOpened
    expect(opened()).toBe(5)
    // It went for the other one of a; those of b and c are still there.
    await tenants.b.tools.run({ server: 'one', tool: 'echo' })
    await tenants.c.tools.run({ server: 'one', tool: 'echo' })
    await tenants.a.tools.run({ server: 'one', tool: 'echo' })
    expect(opened()).toBe(5)
    await tenants.a.tools.run({ server: 'two', tool: 'echo' })
    expect(opened()).toBe(6)
  })

  it('go for the tenant’s own where it has its share, though there is room for others', async () => {
    await using registry = await createRegistry({ budgets: { sessions: 4 } })
    const tenant = registry.tenant('a')
    for (const name of ['one', 'two', 'three']) {
      const { id } = await tenant.servers.create({ name, config: http(sound), refresh: false })
      await (await tenant.servers.refresh(id)).result()
    }
    expect(registry.stats()).toMatchObject({ sessions: 2, sessionsOpened: 3 })
  })

  it('are all a tenant’s where the registry knows of no other', async () => {
    await using registry = await createRegistry({ budgets: { sessions: 4 } })
    for (const name of ['one', 'two', 'three', 'four']) {
      const { id } = await registry.servers.create({ name, config: http(sound), refresh: false })
      await (await registry.servers.refresh(id)).result()
    }
    expect(registry.stats()).toMatchObject({ sessions: 4, sessionsOpened: 4 })
  })
})

describe('unfinished runs of a tenant', () => {
  const tool = { server: 'hanging 0', tool: 'echo' }

  async function open(
    budgets: NonNullable<RegistryOptions['budgets']>,
    use: (registry: Registry, tenant: TenantRegistry, hanging: ScriptedServer) => Promise<void>,
  ): Promise<void> {
    await using hanging = await startHanging('tools/call')
    await using registry = await createRegistry({ budgets })
    const tenant = registry.tenant('a')
    await withTools(tenant, hanging, 1)
    await use(registry, tenant, hanging)
  }

  it('are refused beyond runsPerTenant, others’ are not, and one that ends makes room', () =>
    open({ runsPerTenant: 3 }, async (registry, tenant) => {
      const [first] = await Promise.all([1, 2, 3].map(() => tenant.tools.start(tool)))
      const refusal = {
        code: 'LIMIT_EXCEEDED',
        retryable: true,
        message: 'unfinished runs of the tenant: expected at most 3 at a time (runsPerTenant), got 4',
      }
      await expect(tenant.tools.start(tool)).rejects.toMatchObject(refusal)
      expect(registry.stats()).toMatchObject({ runningJobs: 3, budgetRefusals: { runsPerTenant: 1 } })
      expect(await tenant.runs.count()).toBe(3)
      await (await soundServer(registry.tenant('b'))).refresh()
      expect((await registry.tenant('b').tools.run({ server: 'sound', tool: 'echo' })).status).toBe('SUCCEEDED')
      await first?.cancel()
      await (await tenant.tools.start(tool)).cancel()
    }))

  it('are joined by their key, however many there are', () =>
    open({ runsPerTenant: 1 }, async (_, tenant) => {
      const first = await tenant.tools.start(tool, {}, { idempotencyKey: 'k' })
      const joined = await tenant.tools.start(tool, {}, { idempotencyKey: 'k' })
      expect(joined).toMatchObject({ id: first.id, deduplicated: true })
      const another = tenant.tools.start(tool, {}, { idempotencyKey: 'other' })
      await expect(another).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' })
      const conflict = tenant.tools.start(tool, { a: 1 }, { idempotencyKey: 'k' })
      await expect(conflict).rejects.toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' })
      await first.cancel()
      // Joined within the room that there is, a run takes none of it.
      const second = await tenant.tools.start(tool, {}, { idempotencyKey: 'k2' })
      await second.cancel()
      for (let n = 0; n < 3; n += 1) await tenant.tools.start(tool, {}, { idempotencyKey: 'k2' })
      await (await tenant.tools.start(tool)).cancel()
    }))

  it.each([
    ['args', { args: { text: 'x'.repeat(600_000) }, metadata: {} }],
    // 600 kB of JSON, and 12 MB of memory.
    ['args of many empty objects', { args: { list: Array.from({ length: 200_000 }, () => ({})) }, metadata: {} }],
  ])('are refused beyond runBytesPerTenant of %s', (_, { args }) =>
    open({ runBytesPerTenant: 1024 * 1024 }, async (registry, tenant) => {
      const first = await tenant.tools.start(tool, args)
      await expect(tenant.tools.start(tool, args)).rejects.toMatchObject({
        code: 'LIMIT_EXCEEDED',
        retryable: true,
        message: expect.stringMatching(
          /^args of unfinished runs: expected at most 1048576 bytes \(runBytesPerTenant\), got \d+$/,
        ),
      })
      expect(registry.stats().budgetRefusals.runBytesPerTenant).toBe(1)
      await first.cancel()
      await (await tenant.tools.start(tool, args)).cancel()
    }),
  )
})
