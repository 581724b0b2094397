import { createRegistry, type Registry } from '@toolyard/core'
import { sqliteStorage } from '@toolyard/core/sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { registered } from '../fixtures/mcp/registered.ts'
import { type Asked, type ScriptedServer, startScripted } from '../fixtures/mcp/scripted-http.ts'

let registry: Registry
let server: ScriptedServer
/** Answers no call, and no list once it hangs. */
let listHangs: boolean
beforeEach(async () => {
  listHangs = false
  server = await startScripted(({ method }) => method === 'tools/call' || (listHangs && method === 'tools/list'))
  registry = await createRegistry({
    storage: sqliteStorage({ path: ':memory:' }),
    budgets: { requestsPerServer: 1 },
  })
})
afterEach(async () => {
  await registry.close()
  await server[Symbol.asyncDispose]()
})

const add = () => registered(registry, 'a', { transport: 'streamableHttp', serverUrl: server.url })
const echo = { server: 'a', tool: 'echo' }

async function all<Event>(events: AsyncIterable<Event>): Promise<Event[]> {
  const seen: Event[] = []
  for await (const event of events) seen.push(event)
  return seen
}

/** A run whose call has reached the server. */
async function sent(options: Parameters<Registry['tools']['start']>[2] = {}) {
  const asked = server.next('tools/call')
  const job = await registry.tools.start(echo, {}, options)
  return { job, asked: await asked }
}

/** The server is told of the very call. */
async function expectTold(asked: Asked): Promise<void> {
  const told =
    server.asked.find(({ method }) => method === 'notifications/cancelled') ?? server.next('notifications/cancelled')
  expect((await told).params.requestId).toBe(asked.id)
}

describe('a run that is cancelled', () => {
  it.each<[string, (id: string) => Promise<unknown>, { canceledBy: string; message: string }]>([
    [
      'by its id',
      (id) => registry.runs.cancel(id, 'too slow'),
      { canceledBy: 'CALLER', message: 'Canceled by the caller: too slow' },
    ],
    ['without a reason', (id) => registry.runs.cancel(id), { canceledBy: 'CALLER', message: 'Canceled by the caller' }],
    [
      'by the end of the registry',
      () => registry.close(),
      { canceledBy: 'REGISTRY_CLOSED', message: 'Canceled because the registry was closed' },
    ],
  ])('%s says who and why in its log, and its server is told', async (_, cancel, error) => {
    await add()
    const { job, asked } = await sent()
    const events = all(job.events())
    await cancel(job.id)
    expect((await events).at(-1)).toMatchObject({
      type: 'ToolRunFinished',
      status: 'CANCELED',
      error: { code: 'CANCELED', ...error },
    })
    await expectTold(asked)
  })

  it('by its signal says what reason the signal was given', async () => {
    await add()
    const controller = new AbortController()
    const { job, asked } = await sent({ signal: controller.signal })
    controller.abort(new Error('the user left'))
    expect(await job.result()).toMatchObject({
      status: 'CANCELED',
      error: { canceledBy: 'SIGNAL', message: "Canceled by the caller's signal: the user left" },
    })
    await expectTold(asked)
  })

  it('gives its slot to the next one; one that waits was never sent', async () => {
    await add()
    const { job } = await sent()
    const waiting = await registry.tools.start(echo, { n: 2 })
    const next = await registry.tools.start(echo, { n: 3 })
    await waiting.cancel('not needed')
    expect(await waiting.result()).toMatchObject({ status: 'CANCELED', startedAt: null })
    const asked = server.next('tools/call')
    await job.cancel()
    expect((await asked).args).toEqual({ n: 3 })
    await next.cancel()
    expect(server.count('tools/call')).toBe(2)
  })

  it('after its end stays as it is, and nothing is told', async () => {
    await add()
    const { job } = await sent()
    await job.cancel('first')
    const before = await all(job.events())
    expect(await registry.runs.cancel(job.id, 'second')).toEqual(await registry.runs.get(job.id))
    expect(await all(job.events())).toEqual(before)
  })

  it('for a reason that is too long goes on, and the caller gets an error', async () => {
    await add()
    const { job } = await sent()
    const long = registry.runs.cancel(job.id, 'x'.repeat(1_001))
    await expect(long).rejects.toMatchObject({ code: 'INVALID_INPUT', path: ['reason'] })
    expect(await registry.runs.get(job.id)).toMatchObject({ status: 'RUNNING' })
    await job.cancel()
  })
})

describe('a refresh that is cancelled', () => {
  async function listing(options: Parameters<Registry['servers']['refresh']>[1] = {}) {
    const { id } = await add()
    listHangs = true
    const asked = server.next('tools/list')
    const job = await registry.servers.refresh(id, { ...options, dryRun: false })
    await asked
    return { id, job }
  }

  it.each<[string, (id: string) => Promise<unknown>, string, string]>([
    [
      'by a change of its server',
      (id) => registry.servers.update(id, { config: { transport: 'streamableHttp', serverUrl: `${server.url}?2` } }),
      'SERVER_UPDATED',
      'Canceled because the configuration of the server was changed',
    ],
    [
      'by the end of its server',
      (id) => registry.servers.delete(id),
      'SERVER_DELETED',
      'Canceled because the server was deleted',
    ],
  ])('%s says so', async (_, cancel, canceledBy, message) => {
    const { id, job } = await listing()
    const events = all(job.events())
    await cancel(id)
    expect((await events).at(-1)).toMatchObject({ status: 'CANCELED', error: { canceledBy, message } })
  })

  it('ends by the signal of the caller that started it, but not by that of one that joined', async () => {
    const [starter, joiner] = [new AbortController(), new AbortController()]
    const { id, job } = await listing({ signal: starter.signal })
    const joined = await registry.servers.refresh(id, { signal: joiner.signal })
    expect(joined).toMatchObject({ id: job.id, deduplicated: true })
    joiner.abort()
    expect(await registry.refreshes.get(job.id)).toMatchObject({ status: 'RUNNING' })
    starter.abort('enough')
    await expect(job.result()).rejects.toMatchObject({ message: "Canceled by the caller's signal: enough" })
  })
})
