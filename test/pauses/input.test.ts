import { setTimeout as delay } from 'node:timers/promises'
import { createRegistry, type McpInputPolicy, type Registry, type RegistryOptions, type RunJob } from '@toolyard/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  form,
  inputRequired,
  type Rounds,
  sampled,
  sampling,
  startAskingModern,
  url,
} from '../fixtures/mcp/asking-servers.ts'
import { registered } from '../fixtures/mcp/registered.ts'
import type { ScriptedServer } from '../fixtures/mcp/scripted-http.ts'

const echo = { server: 'a', tool: 'echo' }

let server: ScriptedServer
let registry: Registry
/** What the server answers a call with. */
let rounds: Rounds
beforeEach(async () => {
  rounds = ({ inputResponses }) => (inputResponses ? undefined : inputRequired({ who: form() }, 'state 1'))
  server = await startAskingModern((params, round) => rounds(params, round))
  registry = await createRegistry()
})
afterEach(async () => {
  await registry.close()
  await server[Symbol.asyncDispose]()
})

async function reopened(options: RegistryOptions): Promise<void> {
  await registry.close()
  registry = await createRegistry(options)
}

const add = (inputPolicy: McpInputPolicy = 'PAUSE') =>
  registered(registry, 'a', { transport: 'streamableHttp', serverUrl: server.url }, { inputPolicy })

async function waiting(options: Parameters<Registry['tools']['start']>[2] = {}, args = { n: 1 }): Promise<RunJob> {
  const job = await registry.tools.start(echo, args, options)
  expect(await job.result({ untilPaused: true })).toMatchObject({ status: 'INPUT_REQUIRED' })
  return job
}

const accept = (id: string, content: object = { name: 'Ada' }, key = 'who') =>
  registry.runs.answer(id, { responses: [{ key, action: 'ACCEPT', content: { ...content } }] })

const calls = () => server.asked.filter(({ method }) => method === 'tools/call')

async function all<Event>(events: AsyncIterable<Event>): Promise<Event[]> {
  const seen: Event[] = []
  for await (const event of events) seen.push(event)
  return seen
}

describe('a run whose modern server asks', () => {
  it('waits, holds nothing, and is sent again with the answers', async () => {
    await add()
    const job = await waiting({ actor: 'worker' })
    const events = all(job.events())
    const result = job.result()
    expect(registry.stats()).toMatchObject({ runningJobs: 0, sessions: registry.stats().idleSessions })
    const run = await registry.runs.get(job.id)
    expect(run).toMatchObject({
      status: 'INPUT_REQUIRED',
      inputRound: 1,
      args: { n: 1 },
      finishedAt: null,
      pendingInput: [{ kind: 'FORM', key: 'who', message: 'Who are you?', expiresAt: expect.any(Date) }],
    })

    expect(await accept(job.id)).toMatchObject({ status: 'RUNNING', pendingInput: [] })
    expect(await result).toMatchObject({ status: 'SUCCEEDED', inputRound: 1, pendingInput: [] })
    const [first, second] = calls()
    expect(second?.id).not.toBe(first?.id)
    expect(second?.params).toMatchObject({
      name: 'echo',
      arguments: { n: 1 },
      inputResponses: { who: { action: 'accept', content: { name: 'Ada' } } },
      requestState: 'state 1',
    })
    expect((await events).map(({ type }) => type)).toEqual([
      'ToolRunStarted',
      'ToolRunInputRequested',
      'ToolRunFinished',
    ])
    const audited = (await registry.audit.list()).edges.map(({ node }) => node)
    expect(audited).toContainEqual(expect.objectContaining({ action: 'RUN_ANSWERED', targetId: job.id }))
  })

  it('takes a part of the answers, and waits for the rest', async () => {
    rounds = ({ inputResponses }) =>
      inputResponses ? undefined : inputRequired({ who: form(), where: url(), what: sampling() })
    await add()
    const job = await waiting()
    expect(await accept(job.id, sampled, 'what')).toMatchObject({ status: 'INPUT_REQUIRED' })
    expect((await registry.runs.get(job.id))?.pendingInput.map(({ key }) => key)).toEqual(['who', 'where'])
    await expect(accept(job.id, sampled, 'what')).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    await registry.runs.answer(job.id, {
      responses: [
        { key: 'where', action: 'ACCEPT' },
        { key: 'who', action: 'DECLINE' },
      ],
    })
    expect(await job.result()).toMatchObject({ status: 'SUCCEEDED' })
    expect(calls()[1]?.params).toMatchObject({
      inputResponses: { who: { action: 'decline' }, where: { action: 'accept' }, what: sampled },
    })
    expect(calls()[1]?.params).not.toHaveProperty('requestState')
  })

  it('times out without an answer, and can no longer be answered', async () => {
    await add()
    const job = await waiting({ inputTimeoutMs: 100 })
    expect(await job.result()).toMatchObject({
      status: 'TIMED_OUT',
      error: { code: 'TIMEOUT', message: 'No answer came within inputTimeoutMs (100 ms)' },
    })
    await expect(accept(job.id)).rejects.toMatchObject({ message: expect.stringContaining('TIMED_OUT') })
  })

  it('counts its wait against no deadline of the call', async () => {
    await add()
    const job = await waiting({ timeoutMs: 1_000 })
    await delay(1_200)
    await accept(job.id)
    expect(await job.result()).toMatchObject({ status: 'SUCCEEDED' })
  })

  it('outlives its registry', async () => {
    await reopened({ maxFeedEvents: 100 })
    await add('DECLINE')
    expect(await registry.tools.run(echo)).toMatchObject({ status: 'SUCCEEDED' })
    expect(calls()[1]?.params).toMatchObject({ inputResponses: { who: { action: 'decline' } } })
  })
})
