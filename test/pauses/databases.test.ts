import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRegistry, type Registry, type RegistryOptions, type StorageAdapter } from '@toolyard/core'
import { postgresStorage } from '@toolyard/core/postgres'
import { sqliteStorage } from '@toolyard/core/sqlite'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  form as elicitation,
  inputRequired,
  jsonResult,
  startAskingLegacy,
  startAskingModern,
} from '../fixtures/mcp/asking-servers.ts'
import { registered } from '../fixtures/mcp/registered.ts'
import { type ScriptedServer, startScripted } from '../fixtures/mcp/scripted-http.ts'
import { startPostgres } from '../fixtures/postgres/postgres.ts'

const echo = { server: 'a', tool: 'echo' }
const postgres = await startPostgres()
if (typeof postgres === 'string') process.stderr.write(`${postgres}; its tests are skipped\n`)

/** What registries that share a database do with runs that wait for an approval. */
function describePauses(start: () => Promise<() => StorageAdapter>): void {
  let storage: () => StorageAdapter
  beforeEach(async () => {
    storage = await start()
  })
  const open = (options: RegistryOptions = {}) =>
    createRegistry({ storage: storage(), secretKey: new Uint8Array(32), ...options })
  const add = (registry: Registry, { url }: ScriptedServer) =>
    registered(registry, 'a', { transport: 'streamableHttp', serverUrl: url }, { approvalPolicy: 'ALWAYS' })

  it('outlive every process, and go on at the node that gets the decision', async () => {
    await using server = await startScripted()
    const first = await open({ history: { args: 'DROP' } })
    await add(first, server)
    const jobs = await Promise.all([1, 2, 3, 4].map((n) => first.tools.start(echo, { n })))
    await first.close()

    await using one = await open()
    await using other = await open()
    expect(await one.runs.count({ status: ['AWAITING_APPROVAL'] })).toBe(4)
    const results = jobs.map(({ id }) => one.runs.wait(id))
    await Promise.all(jobs.map(({ id }) => other.runs.decide(id, { decision: 'APPROVED' })))
    const statuses = (await Promise.all(results)).map(({ status, args }) => ({ status, args }))
    expect(statuses).toEqual(jobs.map(() => ({ status: 'SUCCEEDED', args: {} })))
    const sent = server.asked.flatMap(({ method, args }) => (method === 'tools/call' ? [args.n] : []))
    expect(sent.sort()).toEqual([1, 2, 3, 4])
  })

  it('are decided once, whichever nodes are asked', async () => {
    await using server = await startScripted()
    await using one = await open()
    await using other = await open()
    await add(one, server)
    for (let round = 0; round < 5; round += 1) {
      const job = await one.tools.start(echo, { round })
      const decisions = await Promise.allSettled(
        [one, other, one, other].map(({ runs }, index) =>
          runs.decide(job.id, { decision: index < 2 ? 'APPROVED' : 'REJECTED', actor: `k${index}` }),
        ),
      )
      const winners = decisions.flatMap(({ status }, index) => (status === 'fulfilled' ? [`k${index}`] : []))
      expect(winners).toHaveLength(1)
      expect((await one.runs.wait(job.id)).approval?.decidedBy).toBe(winners[0])
    }
  })

  it('expire at another node once the one that stored them is closed', async () => {
    await using server = await startScripted()
    const first = await open()
    await add(first, server)
    const job = await first.tools.start(echo, {}, { inputTimeoutMs: 300 })
    await first.close()
    await using one = await open()
    expect(await one.runs.wait(job.id)).toMatchObject({ status: 'TIMED_OUT', error: { code: 'TIMEOUT' } })
  })

  it('end at once if another node disables the server', async () => {
    await using server = await startScripted()
    await using one = await open()
    const { id } = await add(one, server)
    const job = await one.tools.start(echo)
    await using other = await open()
    await other.servers.update(id, { enabled: false })
    expect(await job.result()).toMatchObject({ status: 'CANCELED', error: { canceledBy: 'TOOL_UNAVAILABLE' } })
  })

  it('are cancelled by any node', async () => {
    await using server = await startScripted()
    await using one = await open()
    await add(one, server)
    const job = await one.tools.start(echo)
    await using other = await open()
    expect(await other.runs.cancel(job.id)).toMatchObject({ status: 'CANCELED' })
    expect(await job.result()).toMatchObject({ status: 'CANCELED' })
    expect(server.count('tools/call')).toBe(0)
  })
}

const form = { key: 'who', action: 'ACCEPT', content: { name: 'Ada' } } as const

/** What registries that share a database do with runs whose servers ask. */
function describeInput(start: () => Promise<() => StorageAdapter>): void {
  let storage: () => StorageAdapter
  beforeEach(async () => {
    storage = await start()
  })
  const open = (options: RegistryOptions = {}) =>
    createRegistry({ storage: storage(), secretKey: new Uint8Array(32), ...options })
  const add = (registry: Registry, { url }: ScriptedServer) =>
    registered(registry, 'a', { transport: 'streamableHttp', serverUrl: url })
  const asking = () =>
    startAskingModern(({ inputResponses }) =>
      inputResponses ? undefined : inputRequired({ who: elicitation() }, 'state-canary'),
    )

  it('outlive every process, and go on at the node that gets the answer', async () => {
    await using server = await asking()
    const first = await open({ history: { args: 'DROP' } })
    await add(first, server)
    const jobs = await Promise.all([1, 2, 3, 4].map((n) => first.tools.start(echo, { n })))
    await Promise.all(jobs.map((job) => job.result({ untilPaused: true })))
    await first.close()

    await using one = await open()
    await using other = await open()
    expect(await one.runs.count({ status: ['INPUT_REQUIRED'] })).toBe(4)
    expect((await one.runs.list()).edges[0]?.node).toMatchObject({ args: {}, pendingInput: [{ key: 'who' }] })
    const results = jobs.map(({ id }) => one.runs.wait(id))
    await Promise.all(jobs.map(({ id }) => other.runs.answer(id, { responses: [form] })))
    expect((await Promise.all(results)).map(({ status }) => status)).toEqual(jobs.map(() => 'SUCCEEDED'))
    const sent = server.asked.flatMap(({ params, args }) => (params.inputResponses ? [args.n] : []))
    expect(sent.sort()).toEqual([1, 2, 3, 4])
  })

  it('are answered once, whichever nodes are asked', async () => {
    await using server = await asking()
    await using one = await open()
    await using other = await open()
    await add(one, server)
    for (let round = 0; round < 5; round += 1) {
      const job = await one.tools.start(echo, { n: round })
      await job.result({ untilPaused: true })
      const answers = await Promise.allSettled(
        [one, other, one, other].map(({ runs }) => runs.answer(job.id, { responses: [form] })),
      )
      expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
      for (const answer of answers) {
        if (answer.status === 'rejected') expect(answer.reason).toMatchObject({ code: 'INVALID_INPUT', path: ['id'] })
      }
      expect(await other.runs.wait(job.id)).toMatchObject({ status: 'SUCCEEDED' })
      expect(server.asked.filter(({ params, args }) => params.inputResponses && args.n === round)).toHaveLength(1)
    }
  })

  it('reach the session of another node', async () => {
    await using server = await startAskingLegacy(async (_, ask) => jsonResult((await ask(elicitation())).result))
    await using one = await open()
    await using other = await open()
    await add(one, server)
    const job = await one.tools.start(echo)
    const { pendingInput } = await job.result({ untilPaused: true })
    const responses = pendingInput.map(({ key }) => ({ ...form, key }))
    expect(await other.runs.get(job.id)).toMatchObject({ status: 'INPUT_REQUIRED', pendingInput: [{ kind: 'FORM' }] })
    expect(await other.runs.answer(job.id, { responses })).toMatchObject({ status: 'RUNNING' })
    expect(await job.result()).toMatchObject({ status: 'SUCCEEDED', result: { funcReturn: { action: 'accept' } } })
    expect(await other.runs.get(job.id)).toMatchObject({ status: 'SUCCEEDED', pendingInput: [] })

    const canceled = await one.tools.start(echo)
    await canceled.result({ untilPaused: true })
    expect(await other.runs.cancel(canceled.id)).toMatchObject({ status: 'CANCELED' })
    const expired = await one.tools.start(echo, {}, { inputTimeoutMs: 500 })
    await expired.result({ untilPaused: true })
    expect(await other.runs.wait(expired.id)).toMatchObject({ status: 'TIMED_OUT' })
    expect(server.answers.map((each) => Reflect.get(each, 'result')?.action)).toEqual(['accept', 'cancel', 'cancel'])
  })
}

describe('runs that wait, on one SQLite file', () => {
  let folder: string
  let databases = 0
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'toolyard-'))
  })
  afterAll(() => rm(folder, { recursive: true }))
  describePauses(async () => {
    const path = join(folder, `${databases++}.db`)
    return () => sqliteStorage({ path })
  })
  describeInput(async () => {
    const path = join(folder, `${databases++}.db`)
    return () => sqliteStorage({ path })
  })

  it('have their args and variables sealed until the wait ends, even those that are recorded', async () => {
    const path = join(folder, 'sealed.db')
    const bytes = async () =>
      Buffer.concat(await Promise.all([path, `${path}-wal`].map((each) => readFile(each).catch(() => Buffer.of()))))
    await using server = await startScripted()
    await using registry = await createRegistry({ storage: sqliteStorage({ path }) })
    const config = {
      transport: 'streamableHttp',
      serverUrl: server.url,
      customHeaders: { 'x-user': { literal: '{{ user }}' } },
    } as const
    const { id } = await registry.servers.create({ name: 'a', config, approvalPolicy: 'ALWAYS', refresh: false })
    await (await registry.servers.refresh(id, { variables: { user: 'u' } })).result()
    const job = await registry.tools.start(
      echo,
      { canary: 'arg-canary' },
      { variables: { user: 'variable-canary' }, agentId: 'agent-canary' },
    )
    expect(await registry.runs.get(job.id)).toMatchObject({ args: { canary: 'arg-canary' } })
    const waiting = await bytes()
    for (const canary of ['arg-canary', 'variable-canary', 'agent-canary']) expect(waiting.includes(canary)).toBe(false)
    await registry.runs.decide(job.id, { decision: 'APPROVED' })
    expect(await job.result()).toMatchObject({ status: 'SUCCEEDED', args: { canary: 'arg-canary' } })
    const call = server.asked.find(({ method }) => method === 'tools/call')
    expect(call?.request.headers).toMatchObject({ 'x-user': 'variable-canary', 'x-agent-id': 'agent-canary' })
    const ended = await bytes()
    for (const canary of ['variable-canary', 'agent-canary']) expect(ended.includes(canary)).toBe(false)
  })
})

describe.skipIf(typeof postgres === 'string')('runs that wait, on one PostgreSQL', () => {
  if (typeof postgres === 'string') return
  afterAll(() => postgres[Symbol.asyncDispose]())
  describePauses(async () => {
    const connectionString = await postgres.createMigrated()
    return () => postgresStorage({ connectionString, poolSize: 4 })
  })
  describeInput(async () => {
    const connectionString = await postgres.createMigrated()
    return () => postgresStorage({ connectionString, poolSize: 4 })
  })
})
