import { createRegistry, type Registry, type RegistryOptions } from '@toolyard/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  type AskingLegacy,
  form,
  inputRequired,
  jsonResult,
  type Rounds,
  sampling,
  startAskingLegacy,
  startAskingModern,
  url,
} from '../fixtures/mcp/asking-servers.ts'
import { registered } from '../fixtures/mcp/registered.ts'
import { openEvents, type ScriptedServer, startScripted } from '../fixtures/mcp/scripted-http.ts'

const echo = { server: 'a', tool: 'echo' }

let registry: Registry
afterEach(() => registry.close())

async function opened(server: ScriptedServer, options: RegistryOptions = {}, inputPolicy: 'PAUSE' | 'NONE' = 'PAUSE') {
  registry = await createRegistry(options)
  await registered(registry, 'a', { transport: 'streamableHttp', serverUrl: server.url }, { inputPolicy })
}

describe('a modern server', () => {
  let server: ScriptedServer
  let rounds: Rounds
  beforeEach(async () => {
    server = await startAskingModern((params, round) => rounds(params, round))
  })
  afterEach(() => server[Symbol.asyncDispose]())

  it('that asks 10,000 times is stopped by inputRounds; 50 rounds of three requests end well', async () => {
    const asks = { a: form(), b: url(), c: form({ n: { type: 'integer', default: 1 } }, []) }
    let most = 49
    rounds = (_, round) => (round <= most ? inputRequired(asks, `round ${round + 1}`) : undefined)
    await opened(server)
    async function toTheEnd() {
      const job = await registry.tools.start(echo)
      for (;;) {
        const run = await registry.runs.wait(job.id, { untilPaused: true })
        if (run.status !== 'INPUT_REQUIRED') return run
        await registry.runs.answer(job.id, { responses: [{ key: 'a', action: 'DECLINE' }] })
        await registry.runs.answer(job.id, {
          responses: [
            { key: 'b', action: 'ACCEPT' },
            { key: 'c', action: 'ACCEPT', content: {} },
          ],
        })
      }
    }
    expect(await toTheEnd()).toMatchObject({ status: 'SUCCEEDED', inputRound: 50 })
    most = 10_000
    expect(await toTheEnd()).toMatchObject({
      status: 'FAILED',
      inputRound: 50,
      error: { code: 'LIMIT_EXCEEDED', message: expect.stringContaining('inputRounds') },
    })
    expect(server.count('tools/call')).toBe(102)
  })

  it('that only wants to be called again is, until inputRounds', async () => {
    rounds = (_, round) => (round < 2 ? inputRequired(undefined, `round ${round + 1}`) : undefined)
    await opened(server, { budgets: { inputRounds: 3 } })
    expect(await registry.tools.run(echo)).toMatchObject({ status: 'SUCCEEDED', inputRound: 0 })
    rounds = () => inputRequired(undefined, 'round 0')
    expect(await registry.tools.run(echo)).toMatchObject({ status: 'FAILED', error: { code: 'LIMIT_EXCEEDED' } })
    expect(server.count('tools/call')).toBe(7)
  })

  it.each([
    ['inputRequests', { a: form(), b: form(), c: form() }],
    ['inputSchemaBytes', { a: form({ x: { type: 'string', description: 'x'.repeat(2_000) } }) }],
    ['inputBytes', { a: { ...sampling(), params: { messages: [{ text: 'x'.repeat(5_000) }] } } }],
  ])('that asks for more than %s fails its run', async (budget, requests) => {
    rounds = () => inputRequired(requests)
    await opened(server, { budgets: { inputRequests: 2, inputSchemaBytes: 1_024, inputBytes: 4_096 } })
    expect(await registry.tools.run(echo)).toMatchObject({
      status: 'FAILED',
      error: { code: 'LIMIT_EXCEEDED', message: expect.stringContaining(budget) },
      inputRound: 0,
    })
    expect(registry.stats().budgetRefusals).toMatchObject({ [budget]: 1 })
    expect((await registry.servers.get((await registry.servers.list()).edges[0]?.node.id ?? ''))?.status).toBe('READY')
  })

  it('has a state of 64 KiB back byte for byte, and one over inputStateBytes fails its run', async () => {
    const odd = `\ud800"\\\u0000\u2028é😀${'x'.repeat(65_536)}`
    rounds = ({ inputResponses }) => (inputResponses ? undefined : inputRequired({ a: form() }, odd))
    await opened(server, { budgets: { inputStateBytes: 100_000 } })
    const job = await registry.tools.start(echo)
    await job.result({ untilPaused: true })
    await registry.runs.answer(job.id, { responses: [{ key: 'a', action: 'CANCEL' }] })
    expect(await job.result()).toMatchObject({ status: 'SUCCEEDED' })
    expect(server.asked.at(-1)?.params.requestState).toBe(odd)
    rounds = () => inputRequired({ a: form() }, 'x'.repeat(100_001))
    expect(await registry.tools.run(echo)).toMatchObject({
      status: 'FAILED',
      error: { message: expect.stringContaining('inputStateBytes') },
    })
  })

  it.each([
    ['javascript:alert(1)'],
    ['file:///etc/passwd'],
    ['data:text/html,x'],
    ['https://user:pw@login.example/'],
    ['//login.example'],
    [`https://login.example/${'x'.repeat(9_000)}`],
  ])('cannot have %.30s shown', async (address) => {
    rounds = () => inputRequired({ a: url(address) })
    await opened(server)
    expect(await registry.tools.run(echo)).toMatchObject({ status: 'FAILED', error: { code: 'PROTOCOL_ERROR' } })
  })

  it.each<[string, object]>([
    ['no request', { a: 1 }],
    ['an unknown one', { a: { method: 'x' } }],
    ['roots', { a: { method: 'roots/list' } }],
    ['an unknown mode', { a: { method: 'elicitation/create', params: { mode: 'x', message: 'x' } } }],
    ['a list', [form()]],
  ])('that asks for %s fails its run', async (_what, requests) => {
    rounds = () => ({ resultType: 'input_required', inputRequests: requests })
    await opened(server)
    expect(await registry.tools.run(echo)).toMatchObject({ status: 'FAILED', error: { code: 'PROTOCOL_ERROR' } })
  })

  it('that was not told that it may ask fails its run; no call declares what no caller answers', async () => {
    rounds = () => inputRequired({ a: form() })
    await opened(server, {}, 'NONE')
    expect(await registry.tools.run(echo)).toMatchObject({
      status: 'FAILED',
      error: { code: 'PROTOCOL_ERROR', message: expect.stringContaining('inputPolicy NONE') },
    })
    const declared = server.asked.map(({ params }) =>
      Reflect.get(Object(params._meta), 'io.modelcontextprotocol/clientCapabilities'),
    )
    expect(declared.filter((each) => each !== undefined && Object.keys(each).length > 0)).toEqual([])
  })

  it('cannot have a secret of its configuration shown', async () => {
    const secret = 'secret-of-the-header'
    rounds = () =>
      inputRequired({ a: form({ [secret]: { type: 'string', title: `is ${secret}` } }, []), b: sampling() })
    registry = await createRegistry()
    const customHeaders = { 'x-key': { literal: secret } }
    await registered(registry, 'a', { transport: 'streamableHttp', serverUrl: server.url, customHeaders })
    const job = await registry.tools.start(echo)
    const { pendingInput } = await job.result({ untilPaused: true })
    expect(pendingInput[0]).toMatchObject({ requestedSchema: { properties: { '[sealed]': { title: 'is [sealed]' } } } })
    rounds = () => inputRequired({ a: url(`https://login.example/?key=${secret}`) })
    expect(await registry.tools.run(echo)).toMatchObject({
      status: 'FAILED',
      error: { code: 'PROTOCOL_ERROR', message: expect.not.stringContaining(secret) },
    })
  })

  it('beyond pausedRunsPerTenant fails its run', async () => {
    rounds = () => inputRequired({ a: form() })
    await opened(server, { budgets: { pausedRunsPerTenant: 1 } })
    const job = await registry.tools.start(echo)
    await job.result({ untilPaused: true })
    expect(await registry.tools.run(echo)).toMatchObject({ status: 'FAILED', error: { code: 'LIMIT_EXCEEDED' } })
  })
})

describe('a legacy server', () => {
  let server: AskingLegacy
  afterEach(() => server[Symbol.asyncDispose]())

  it('that asks 10,000 times is refused beyond the budgets, and its run goes on', async () => {
    server = await startAskingLegacy(async (_, ask) => {
      for (let n = 0; n < 200; n += 1) await ask(form())
      return jsonResult('done')
    })
    await opened(server, { budgets: { inputRounds: 2 } })
    const job = await registry.tools.start(echo)
    for (let round = 1; round <= 2; round += 1) {
      await registry.runs.wait(job.id, { untilPaused: true })
      const key = String(round)
      await registry.runs.answer(job.id, { responses: [{ key, action: 'DECLINE' }] })
    }
    expect(await job.result()).toMatchObject({ status: 'SUCCEEDED', inputRound: 2 })
    const codes = server.answers.map((each) => Reflect.get(each, 'error')?.code)
    expect(codes.filter((code) => code === -32602)).toHaveLength(198)
  })

  it('that asks for too much at a time is refused the rest', async () => {
    server = await startAskingLegacy(async (_, ask) => {
      const answers = await Promise.all([ask(form()), ask(form()), ask(form())])
      return jsonResult(answers.map(({ result }) => result !== undefined))
    })
    await opened(server, { budgets: { inputRequests: 2 } })
    const job = await registry.tools.start(echo)
    await expect.poll(() => server.answers.length).toBe(1)
    const run = await registry.runs.get(job.id)
    const responses = (run?.pendingInput ?? []).map(({ key }) => ({ key, action: 'CANCEL' as const }))
    expect(responses).toHaveLength(2)
    await registry.runs.answer(job.id, { responses })
    expect(await job.result()).toMatchObject({ result: { funcReturn: [true, true, false] } })
  })

  it('that asks while no call is in flight gets an error', async () => {
    const { promise: listening, resolve } = Promise.withResolvers<(message: object) => void>()
    await using silent = await startScripted((asked) => {
      if (asked.method !== 'GET') return false
      resolve(openEvents(asked))
      return true
    })
    server = await startAskingLegacy(async () => jsonResult('done'))
    await opened(silent)
    const send = await listening
    const answered = silent.next('undefined')
    send({ id: 'late', ...form() })
    expect((await answered).message).toMatchObject({ id: 'late', error: { code: -32600 } })
  })
})
