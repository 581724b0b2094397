import { createRegistry, type JsonObject, type Registry, type RunJob } from '@toolyard/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  form,
  inputRequired,
  type Requests,
  sampled,
  sampling,
  startAskingModern,
  url,
} from '../fixtures/mcp/asking-servers.ts'
import { registered } from '../fixtures/mcp/registered.ts'
import type { ScriptedServer } from '../fixtures/mcp/scripted-http.ts'

const echo = { server: 'a', tool: 'echo' }
const properties = {
  name: { type: 'string', minLength: 2, maxLength: 5 },
  mail: { type: 'string', pattern: '^[^@]+@[^@]+$' },
  age: { type: 'integer', minimum: 0, maximum: 150 },
  share: { type: 'number', exclusiveMaximum: 1 },
  sure: { type: 'boolean' },
  size: { type: 'string', enum: ['S', 'M'], enumNames: ['small', 'medium'] },
  color: { type: 'string', oneOf: [{ const: 'r', title: 'Red' }] },
  tags: { type: 'array', items: { type: 'string', enum: ['a', 'b'] }, minItems: 1, maxItems: 2 },
}
const sound = { name: 'Ada', mail: 'a@b', age: 1, share: 0.5, sure: true, size: 'S', color: 'r', tags: ['a'] }

let server: ScriptedServer
let registry: Registry
let requests: Requests
beforeEach(async () => {
  requests = { who: form(properties, ['name']) }
  server = await startAskingModern(({ inputResponses }) => (inputResponses ? undefined : inputRequired(requests)))
  registry = await createRegistry()
  await registered(registry, 'a', { transport: 'streamableHttp', serverUrl: server.url })
})
afterEach(async () => {
  await registry.close()
  await server[Symbol.asyncDispose]()
})

async function waiting(): Promise<RunJob> {
  const job = await registry.tools.start(echo)
  expect(await job.result({ untilPaused: true })).toMatchObject({ status: 'INPUT_REQUIRED' })
  return job
}

const accept = (id: string, content: unknown, key = 'who') =>
  // Callers without types give anything.
  registry.runs.answer(id, { responses: [{ key, action: 'ACCEPT', content: content as JsonObject }] })

const sent = () => server.asked.filter(({ method }) => method === 'tools/call').at(-1)?.params.inputResponses

describe('an answer that breaks the schema', () => {
  it('is refused with pointers, in 20 forms, and the run waits on', async () => {
    const job = await waiting()
    const forms: readonly (readonly [JsonObject, string])[] = [
      [{}, '/name'],
      [{ ...sound, name: 1 }, '/name'],
      [{ ...sound, name: null }, '/name'],
      [{ ...sound, name: 'A' }, '/name'],
      [{ ...sound, name: 'Ada Lovelace' }, '/name'],
      [{ ...sound, name: ['Ada'] }, '/name'],
      [{ ...sound, mail: 'no' }, '/mail'],
      [{ ...sound, mail: true }, '/mail'],
      [{ ...sound, age: 1.5 }, '/age'],
      [{ ...sound, age: -1 }, '/age'],
      [{ ...sound, age: 151 }, '/age'],
      [{ ...sound, age: '1' }, '/age'],
      [{ ...sound, share: 1 }, '/share'],
      [{ ...sound, sure: 'true' }, '/sure'],
      [{ ...sound, sure: 0 }, '/sure'],
      [{ ...sound, size: 'L' }, '/size'],
      [{ ...sound, color: 'Red' }, '/color'],
      [{ ...sound, tags: 'a' }, '/tags'],
      [{ ...sound, tags: [] }, '/tags'],
      [{ ...sound, tags: ['a', 'c'] }, '/tags/1'],
    ]
    expect(forms).toHaveLength(20)
    for (const [content, pointer] of forms) {
      const refused = await accept(job.id, content).catch((error: unknown) => error)
      expect(refused).toMatchObject({ code: 'TOOL_ARGS_INVALID', path: ['responses', '0', 'content'] })
      const issues: readonly { pointer: string }[] = Reflect.get(Object(refused), 'details').issues
      // What a member lacks is told at the object, or at the member.
      expect(issues.map((issue) => issue.pointer || pointer)).toContain(pointer)
    }
    expect(await registry.runs.get(job.id)).toMatchObject({ status: 'INPUT_REQUIRED', inputRound: 1 })
    expect(server.count('tools/call')).toBe(1)
    await accept(job.id, sound)
    expect(await job.result()).toMatchObject({ status: 'SUCCEEDED' })
    expect(sent()).toEqual({ who: { action: 'accept', content: sound } })
  })

  it('is refused without content, for what does not wait, and with content that has no place', async () => {
    requests = { who: form(), where: url(), what: sampling() }
    const job = await waiting()
    const answers: readonly [object, string][] = [
      [{ key: 'who', action: 'ACCEPT' }, 'content'],
      [{ key: 'who', action: 'ACCEPT', content: null }, 'content'],
      [{ key: 'who', action: 'ACCEPT', content: [] }, 'content'],
      [{ key: 'who', action: 'DECLINE', content: { name: 'Ada' } }, 'content'],
      [{ key: 'where', action: 'ACCEPT', content: {} }, 'content'],
      [{ key: 'what', action: 'ACCEPT' }, 'content'],
      [{ key: 'nothing', action: 'DECLINE' }, 'key'],
      [{ key: '__proto__', action: 'DECLINE' }, 'key'],
      [{ action: 'DECLINE' }, 'key'],
      [{ key: 'who', action: 'accept' }, 'action'],
    ]
    for (const [response, member] of answers) {
      await expect(registry.runs.answer(job.id, { responses: [response as never] })).rejects.toMatchObject({
        code: 'INVALID_INPUT',
        path: ['responses', '0', member],
      })
    }
    await expect(registry.runs.answer(job.id, { responses: [] })).rejects.toMatchObject({ path: ['responses'] })
    const twice = { key: 'where', action: 'ACCEPT' } as const
    await expect(registry.runs.answer(job.id, { responses: [twice, twice] })).rejects.toMatchObject({
      path: ['responses', '1', 'key'],
    })
    await expect(accept(job.id, { role: 'assistant' }, 'what')).rejects.toMatchObject({ code: 'TOOL_ARGS_INVALID' })
    await expect(accept('run_0000000000000000000000', {})).rejects.toMatchObject({ code: 'NOT_FOUND' })
    expect((await registry.runs.get(job.id))?.pendingInput).toHaveLength(3)
  })

  it('of a run that waits for a decision, or for nothing, is told the state', async () => {
    await registry.tools.set((await registry.tools.get(echo))?.id ?? '', { approvalPolicy: 'ALWAYS' })
    const job = await registry.tools.start(echo)
    await expect(accept(job.id, sound)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringContaining('is AWAITING_APPROVAL, and waits for no answer'),
    })
    await registry.runs.decide(job.id, { decision: 'APPROVED' })
    expect(await registry.runs.wait(job.id, { untilPaused: true })).toMatchObject({ status: 'INPUT_REQUIRED' })
    await expect(registry.runs.decide(job.id, { decision: 'APPROVED' })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringContaining('is INPUT_REQUIRED'),
    })
    await accept(job.id, sound)
    expect(await job.result()).toMatchObject({ status: 'SUCCEEDED', approval: { decision: 'APPROVED' } })
  })
})

describe('an answer', () => {
  it('has the defaults of the form filled in (SEP-1034), and nothing in place of what was given', async () => {
    requests = {
      who: form(
        {
          name: { type: 'string', default: 'Ada' },
          age: { type: 'integer', default: 36 },
          share: { type: 'number', default: 0.5 },
          sure: { type: 'boolean', default: false },
          size: { type: 'string', enum: ['S', 'M'], default: 'M' },
          more: { type: 'string' },
        },
        ['name'],
      ),
    }
    const job = await waiting()
    await accept(job.id, { sure: true })
    await job.result()
    const content = { sure: true, name: 'Ada', age: 36, share: 0.5, size: 'M' }
    expect(sent()).toEqual({ who: { action: 'accept', content } })
  })

  it('to a schema that doubles with each level is taken within its steps', async () => {
    const $defs = Object.fromEntries(
      Array.from({ length: 40 }, (_, n) => [
        `d${n}`,
        { allOf: [{ $ref: `#/$defs/d${n + 1}` }, { $ref: `#/$defs/d${n + 1}` }] },
      ]),
    )
    requests = {
      who: {
        method: 'elicitation/create',
        params: {
          message: 'x',
          requestedSchema: { type: 'object', allOf: [{ $ref: '#/$defs/d0' }], $defs: { ...$defs, d40: true } },
        },
      },
    }
    const job = await waiting()
    await accept(job.id, { any: 1 })
    expect(await job.result()).toMatchObject({ status: 'SUCCEEDED' })
    expect(registry.stats().budgetRefusals.checkSteps).toBe(1)
  })

  it('that declines a sampling of this revision ends the run, which has no word for it', async () => {
    requests = { what: sampling() }
    const job = await waiting()
    await registry.runs.answer(job.id, { responses: [{ key: 'what', action: 'DECLINE' }] })
    expect(await job.result()).toMatchObject({ status: 'CANCELED', error: { canceledBy: 'REJECTED' } })
    const accepted = await waiting()
    await accept(accepted.id, sampled, 'what')
    expect(await accepted.result()).toMatchObject({ status: 'SUCCEEDED' })
    expect(server.count('tools/call')).toBe(3)
  })
})
