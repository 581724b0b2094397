import { createRegistry, type McpInputPolicy, type Registry, type RunJob } from '@toolyard/core'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  type AskingLegacy,
  form,
  jsonResult,
  sampled,
  sampling,
  startAskingLegacy,
  url,
  type Work,
} from '../fixtures/mcp/asking-servers.ts'
import { registered } from '../fixtures/mcp/registered.ts'

const echo = { server: 'a', tool: 'echo' }

let server: AskingLegacy
let registry: Registry
let work: Work
/** Sends on the stream of notifications, once the client has opened it. */
let listening: Promise<(message: object) => void>
beforeEach(async () => {
  work = async (_, ask) => jsonResult((await ask(form())).result)
  const { promise, resolve } = Promise.withResolvers<(message: object) => void>()
  listening = promise
  server = await startAskingLegacy((...given) => work(...given), resolve)
  registry = await createRegistry()
})
afterEach(async () => {
  await registry.close()
  await server[Symbol.asyncDispose]()
})

const add = (inputPolicy: McpInputPolicy = 'PAUSE', input: object = {}) =>
  registered(registry, 'a', { transport: 'streamableHttp', serverUrl: server.url }, { inputPolicy, ...input })

async function waiting(options: Parameters<Registry['tools']['start']>[2] = {}): Promise<RunJob> {
  const job = await registry.tools.start(echo, { n: 1 }, options)
  expect(await job.result({ untilPaused: true })).toMatchObject({ status: 'INPUT_REQUIRED' })
  return job
}

const keysOf = async (id: string) => (await registry.runs.get(id))?.pendingInput.map(({ key }) => key) ?? []

async function answer(id: string, action: 'ACCEPT' | 'DECLINE' | 'CANCEL', content?: object) {
  const [key = ''] = await keysOf(id)
  return registry.runs.answer(id, { responses: [{ key, action, ...(content ? { content: { ...content } } : {}) }] })
}

const codes = () => server.answers.map((each) => Reflect.get(each, 'error')?.code)

describe('a run whose legacy server asks', () => {
  it('keeps its call open, and gives the server the answer', async () => {
    await add()
    const job = await waiting()
    expect(registry.stats()).toMatchObject({ runningJobs: 1 })
    expect(await registry.runs.get(job.id)).toMatchObject({ inputRound: 1, pendingInput: [{ kind: 'FORM' }] })
    expect(await answer(job.id, 'ACCEPT', { name: 'Ada' })).toMatchObject({ status: 'RUNNING' })
    expect(await job.result()).toMatchObject({
      status: 'SUCCEEDED',
      result: { funcReturn: { action: 'accept', content: { name: 'Ada' } } },
    })
    expect(server.count('tools/call')).toBe(1)
    const initialize = server.asked.find(({ method }) => method === 'initialize')
    expect(initialize?.params.capabilities).toEqual({ elicitation: { form: {}, url: {} }, sampling: {} })
  })

  it('may be asked several things at a time and in a row', async () => {
    work = async (_, ask) => {
      const both = await Promise.all([ask(form()), ask(sampling())])
      const last = await ask(url())
      return jsonResult([...both, last].map(({ result, error }) => result ?? error))
    }
    await add()
    const job = await waiting()
    await vi.waitFor(async () => expect(await keysOf(job.id)).toEqual(['1', '2']))
    await registry.runs.answer(job.id, { responses: [{ key: '2', action: 'ACCEPT', content: sampled }] })
    expect(await answer(job.id, 'CANCEL')).toMatchObject({ status: 'RUNNING' })
    await vi.waitFor(async () => expect(await keysOf(job.id)).toEqual(['3']))
    await answer(job.id, 'ACCEPT')
    expect(await job.result()).toMatchObject({
      status: 'SUCCEEDED',
      inputRound: 3,
      result: { funcReturn: [{ action: 'cancel' }, sampled, { action: 'accept' }] },
    })
  })

  it('tells the server of a declined sampling by the error of the specification', async () => {
    work = async (_, ask) => jsonResult((await ask(sampling())).error)
    await add()
    const job = await waiting()
    await answer(job.id, 'DECLINE')
    expect(await job.result()).toMatchObject({ result: { funcReturn: { code: -1 } } })
  })

  it('goes on once the server says that the URL was visited, or withdraws what it asked', async () => {
    work = async (_, ask, send) => {
      const visited = ask(url('https://login.example/x', 'e1'))
      send({ method: 'notifications/elicitation/complete', params: { elicitationId: 'e1' } })
      const first = (await visited).result
      void ask(form())
      send({ method: 'notifications/cancelled', params: { requestId: 'ask-2' } })
      return jsonResult(first)
    }
    await add()
    expect(await registry.tools.run(echo)).toMatchObject({
      status: 'SUCCEEDED',
      result: { funcReturn: { action: 'accept' } },
    })
    expect(server.answers).toHaveLength(1)
  })

  it('tells the server that the time has passed, and its session is usable on', async () => {
    work = async (_, ask) => jsonResult((await ask(form())).result)
    await add()
    const job = await waiting({ inputTimeoutMs: 100 })
    expect(await job.result()).toMatchObject({ status: 'TIMED_OUT', error: { code: 'TIMEOUT' } })
    await vi.waitFor(() => expect(server.answers).toMatchObject([{ result: { action: 'cancel' } }]))
    expect(await registry.runs.get(job.id)).toMatchObject({ status: 'TIMED_OUT', pendingInput: [] })
    work = async () => jsonResult('ok')
    expect(await registry.tools.run(echo)).toMatchObject({ status: 'SUCCEEDED' })
    expect(server.count('initialize')).toBe(1)
  })

  it('tells the server when the run is cancelled', async () => {
    await add()
    const job = await waiting()
    expect(await registry.runs.cancel(job.id, 'enough')).toMatchObject({ status: 'CANCELED' })
    await vi.waitFor(() => expect(server.answers).toMatchObject([{ result: { action: 'cancel' } }]))
    expect(server.count('notifications/cancelled')).toBe(1)
    work = async () => jsonResult('ok')
    expect(await registry.tools.run(echo)).toMatchObject({ status: 'SUCCEEDED' })
  })

  it('ends with its server: deleted, or with another configuration', async () => {
    const { id } = await add()
    const job = await waiting()
    await registry.servers.update(id, {
      config: { transport: 'streamableHttp', setHeaders: { 'x-a': 'b' } },
    })
    expect(await job.result()).toMatchObject({ status: 'CANCELED', error: { canceledBy: 'SERVER_UPDATED' } })
    const other = await waiting()
    await registry.servers.delete(id)
    expect(await other.result()).toMatchObject({ status: 'CANCELED', error: { canceledBy: 'SERVER_DELETED' } })
  })

  it('holds the deadlines of the call meanwhile', async () => {
    await add('PAUSE', { timeouts: { requestMs: 300, maxTotalMs: 400 } })
    const job = await waiting({ timeoutMs: 500 })
    await new Promise((resolve) => setTimeout(resolve, 700))
    await answer(job.id, 'ACCEPT', { name: 'Ada' })
    expect(await job.result()).toMatchObject({ status: 'SUCCEEDED' })
  })

  it('is asked again once a URL was visited that the server wants first', async () => {
    let calls = 0
    work = async ({ id }) => {
      calls += 1
      if (calls > 1) return jsonResult('done')
      const elicitations = [{ mode: 'url', message: 'Log in', url: 'https://login.example/', elicitationId: 'e' }]
      return { id, error: { code: -32042, message: 'Log in first', data: { elicitations } } }
    }
    await add()
    const job = await waiting()
    expect(await registry.runs.get(job.id)).toMatchObject({
      pendingInput: [{ kind: 'URL', url: 'https://login.example/', message: 'Log in' }],
    })
    expect(registry.stats().runningJobs).toBe(0)
    await answer(job.id, 'ACCEPT')
    expect(await job.result()).toMatchObject({ status: 'SUCCEEDED', result: { funcReturn: '"done"' } })
    calls = 0
    const declined = await waiting()
    expect(await answer(declined.id, 'DECLINE')).toMatchObject({
      status: 'CANCELED',
      error: { canceledBy: 'REJECTED' },
    })
  })

  it('is called again by itself once its server says that the URL was visited', async () => {
    const elicitations = [{ mode: 'url', message: 'Log in', url: 'https://login.example/', elicitationId: 'e' }]
    let hasVisited = false
    work = async ({ id }) => {
      if (hasVisited) return jsonResult('done')
      return { id, error: { code: -32042, message: 'Log in first', data: { elicitations } } }
    }
    await add()
    const job = await waiting()
    hasVisited = true
    const send = await listening
    send({ method: 'notifications/elicitation/complete', params: { elicitationId: 'other' } })
    send({ method: 'notifications/elicitation/complete', params: { elicitationId: 'e' } })
    expect(await job.result()).toMatchObject({ status: 'SUCCEEDED' })
    expect(server.count('tools/call')).toBe(2)
  })

  it('is not bothered by what its policy does not declare', async () => {
    work = async (_, ask) => {
      const answers = [await ask(form()), await ask(sampling()), await ask({ method: 'roots/list' })]
      return jsonResult(answers.map(({ result, error }) => result ?? Reflect.get(Object(error), 'code')))
    }
    const { id } = await add('NONE')
    expect(await registry.tools.run(echo)).toMatchObject({ result: { funcReturn: [-32601, -32601, -32601] } })
    await registry.servers.update(id, { inputPolicy: 'DECLINE' })
    expect(await registry.tools.run(echo)).toMatchObject({
      result: { funcReturn: [{ action: 'decline' }, -32601, -32601] },
    })
    const capabilities = server.asked
      .filter(({ method }) => method === 'initialize')
      .map(({ params }) => params.capabilities)
    expect(capabilities.at(-1)).toEqual({ elicitation: { form: {}, url: {} } })
    expect(capabilities.at(0)).toEqual({})
  })

  it('refuses what cannot be asked, and the run goes on', async () => {
    work = async (_, ask) => {
      for (const request of [
        url('javascript:alert(1)'),
        url('https://user:secret@login.example/'),
        { method: 'elicitation/create', params: { message: 'x' } },
        {
          method: 'elicitation/create',
          params: { message: 'x', requestedSchema: { type: 'object', title: 'x'.repeat(1_000_000) } },
        },
      ])
        await ask(request)
      return jsonResult('done')
    }
    await add()
    expect(await registry.tools.run(echo)).toMatchObject({ status: 'SUCCEEDED', inputRound: 0 })
    expect(codes()).toEqual([-32602, -32602, -32602, -32602])
  })
})
