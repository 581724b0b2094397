import { fileURLToPath } from 'node:url'
import { createRegistry, type Registry } from '@toolyard/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { everythingStdio } from '../fixtures/mcp/everything.ts'
import { registered } from '../fixtures/mcp/registered.ts'

const asking = {
  transport: 'stdio' as const,
  command: process.execPath,
  args: [fileURLToPath(new URL('../fixtures/mcp/sdk2-asking.ts', import.meta.url))],
}

let registry: Registry
beforeEach(async () => {
  registry = await createRegistry()
})
afterEach(() => registry.close())

describe('the SDK, version 2, over stdio', () => {
  it.each(['LEGACY', 'MODERN'] as const)('asks in the era %s, and gets the answer', async (protocolEra) => {
    await registered(registry, 'a', asking, { protocolEra })
    const job = await registry.tools.start({ server: 'a', tool: 'deploy' }, { env: 'prod' })
    const { status, pendingInput } = await job.result({ untilPaused: true })
    expect({ status, pendingInput }).toMatchObject({
      status: 'INPUT_REQUIRED',
      pendingInput: [{ kind: 'FORM', message: 'Deploy to prod?' }],
    })
    expect(registry.stats().runningJobs).toBe(protocolEra === 'LEGACY' ? 1 : 0)
    const responses = pendingInput.map(({ key }) => ({ key, action: 'ACCEPT', content: { confirm: true } }) as const)
    await registry.runs.answer(job.id, { responses })
    expect(await job.result()).toMatchObject({
      status: 'SUCCEEDED',
      result: { funcReturn: 'deployed to prod, note none' },
    })
  })
})

describe('the server "everything", over stdio', () => {
  beforeEach(async () => {
    await registered(registry, 'e', { transport: 'stdio', ...everythingStdio() })
  })

  it('asks by elicitation and by sampling', async () => {
    const elicited = await registry.tools.start({ server: 'e', tool: 'trigger-elicitation-request' })
    const asked = await elicited.result({ untilPaused: true })
    expect(asked).toMatchObject({ status: 'INPUT_REQUIRED', pendingInput: [{ kind: 'FORM' }] })
    await registry.runs.answer(elicited.id, {
      responses: [{ key: '1', action: 'ACCEPT', content: { name: 'Ada' } }],
    })
    const done = await elicited.result()
    expect(done).toMatchObject({ status: 'SUCCEEDED' })
    // Defaults were filled in.
    expect(JSON.stringify(done.result?.content)).toContain('It was a dark and stormy night')

    const sampled = await registry.tools.start({ server: 'e', tool: 'trigger-sampling-request' }, { prompt: 'Hi' })
    expect(await sampled.result({ untilPaused: true })).toMatchObject({ pendingInput: [{ kind: 'SAMPLING' }] })
    const content = { role: 'assistant', model: 'm', content: { type: 'text', text: 'sampled text' } }
    await registry.runs.answer(sampled.id, { responses: [{ key: '1', action: 'ACCEPT', content }] })
    expect(JSON.stringify((await sampled.result()).result?.content)).toContain('sampled text')
  })

  it('is asked by several calls at a time, each of which gets an answer; those of several actors are told apart or refused', async () => {
    const ref = { server: 'e', tool: 'trigger-elicitation-request' }
    const jobs = await Promise.all([1, 2, 3].map(() => registry.tools.start(ref, {}, { actor: 'ada' })))
    // All of them have a question before the first is answered: a later one could be taken for that of an answered call.
    const asked = await Promise.all(jobs.map((job) => job.result({ untilPaused: true })))
    for (const { id, pendingInput } of asked) {
      const responses = pendingInput.map(({ key }) => ({ key, action: 'DECLINE' }) as const)
      await registry.runs.answer(id, { responses })
    }
    const ends = await Promise.all(jobs.map((job) => job.result()))
    expect(ends.map(({ status }) => status)).toEqual(['SUCCEEDED', 'SUCCEEDED', 'SUCCEEDED'])

    const first = await registry.tools.start(ref, {}, { actor: 'ada' })
    await first.result({ untilPaused: true })
    // Over stdio its server cannot say that the second question is about this call.
    const other = await registry.tools.run(ref, {}, { actor: 'bob' })
    expect(other).toMatchObject({ status: 'FAILED', inputRound: 0 })
    expect(JSON.stringify(other.result?.content)).toContain('several callers')
    await registry.runs.cancel(first.id)
  })
})
