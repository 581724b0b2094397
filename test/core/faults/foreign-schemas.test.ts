import { setTimeout as delay } from 'node:timers/promises'
import { createRegistry, functionDefinition, isRegistryError, type Registry } from '@toolyard/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { bombs, doubling } from '../../fixtures/mcp/hostile-schemas.ts'
import { registered } from '../../fixtures/mcp/registered.ts'
import { type ScriptedServer, startScripted } from '../../fixtures/mcp/scripted-http.ts'
import { watchLoop } from '../../fixtures/process/loop-watch.ts'
import { allowedMs, type Holds, holdsBeyond } from '../../fixtures/process/machine-speed.ts'

let server: ScriptedServer
let registry: Registry
/** What the server lists next. */
let tools: readonly object[] = []

beforeEach(async () => {
  server = await startScripted((asked) => {
    if (asked.method !== 'tools/list') return false
    asked.result({ tools })
    return true
  })
  registry = await createRegistry()
})

afterEach(async () => {
  await registry.close()
  await server[Symbol.asyncDispose]()
})

/** Long enough for the watch to look, which it does every 2 ms. */
const nextTurn = () => delay(3)

/** What may hold the loop, in ms of CPU. */
const heldMs = 100

const list = async (schemas: Readonly<Record<string, object>>, name = 'a') => {
  tools = Object.entries(schemas).map(([tool, inputSchema]) => ({ name: tool, inputSchema }))
  return registered(registry, name, { transport: 'streamableHttp', serverUrl: server.url })
}

async function refusal(tool: string, args: object, server = 'a') {
  try {
    await registry.tools.run({ server, tool }, args as Parameters<Registry['tools']['run']>[1])
  } catch (error) {
    if (isRegistryError(error, 'TOOL_ARGS_INVALID')) return error
    throw error
  }
  throw new Error(`The args of ${tool} were taken`)
}

describe('a schema whose parts double', () => {
  it.each(Object.entries(doubling))('by %s leaves the run unchecked, and does not hold the loop', async (_, schema) => {
    const run = async (round: number): Promise<Holds> => {
      await list({ bomb: schema }, `a${round}`)
      using loop = watchLoop()
      const job = await registry.tools.start({ server: `a${round}`, tool: 'bomb' }, { a: 1, b: { c: 2 } })
      const logged: string[] = []
      for await (const event of job.events()) if (event.type === 'ToolRunOutput') logged.push(event.text)
      expect((await job.result()).status).toBe('SUCCEEDED')
      expect(logged).toEqual([
        expect.stringContaining('not checked: the args: expected at most 600000 steps (checkSteps)'),
      ])
      expect(registry.stats().budgetRefusals.checkSteps).toBe(round + 1)
      return { check: loop.longestMs }
    }
    expect(await holdsBeyond(heldMs, run)).toEqual({})
  })

  it('takes no more time from others, however often its tool is run', async () => {
    await list({ bomb: Object.values(doubling)[0] ?? {}, echo: { type: 'object', required: ['a'] } })
    const begunAt = process.threadCpuUsage()
    for (let count = 0; count < 60; count += 1) await registry.tools.run({ server: 'a', tool: 'bomb' }, {})
    const { user, system } = process.threadCpuUsage(begunAt)
    // At 20 ms for each, and with all else, this would be far over a second.
    expect((user + system) / 1_000).toBeLessThan(allowedMs(900))
    // What is ordinary is checked all the while.
    expect((await refusal('echo', {})).details.issues).toHaveLength(1)
  })
})

describe('no schema holds the loop', () => {
  it.each(Object.entries(bombs))(
    'at check, refresh, preview, diff or in the form of a model API: %s',
    async (name, bomb) => {
      // What the test makes itself is made before anything is measured.
      const other = changed(bomb.schema)
      const maxLength = 2 * JSON.stringify(bomb.schema).length
      const use = async (round: number): Promise<Holds> => {
        const ref = { server: `a${round}`, tool: name }
        using loop = watchLoop()
        const { id } = await list({ [name]: bomb.schema }, ref.server)
        await registry.servers.refresh(id, { dryRun: true })
        await registry.tools.run(ref, bomb.args).catch((error: unknown) => {
          if (!isRegistryError(error, 'TOOL_ARGS_INVALID')) throw error
          expect(Buffer.byteLength(JSON.stringify([error.message, error.details]))).toBeLessThan(64 * 1024)
        })
        const tool = await registry.tools.get(ref)
        if (!tool) throw new Error(`${name} is not listed`)
        for (const api of ['OPENAI', 'ANTHROPIC', 'GEMINI'] as const) {
          await nextTurn()
          const definition = functionDefinition(tool, api)
          await nextTurn()
          expect(JSON.stringify(definition).length).toBeLessThan(maxLength)
        }
        await nextTurn()
        tools = [{ name, inputSchema: other }]
        const { updated } = await (await registry.servers.refresh(id)).result()
        const { longestMs } = loop
        expect(updated).toHaveLength(1)
        expect(JSON.stringify(updated.map(({ changes }) => changes)).length).toBeLessThan(3 * 1024 * 1024)
        return { use: longestMs }
      }
      expect(await holdsBeyond(heldMs, use)).toEqual({})
    },
  )
})

/** Another value wherever there was one. */
function changed(schema: object): object {
  const text = JSON.stringify(schema)
    .replaceAll('true', 'false')
    .replaceAll('"type":"', '"type":"_')
    .replaceAll('#/', '#/_/')
  return { ...JSON.parse(text), title: 'other', type: 'object' }
}

describe('args with more faults than a reader needs', () => {
  const manyNames = Array.from({ length: 8 }, (_, n) => `p${n}`)
  const list250 = Array.from({ length: 250 }, (_, n) => `value number ${n}`)
  const cases = {
    required: { items: { type: 'object', required: manyNames }, args: Array(300_000).fill({}) },
    enum: { items: { enum: list250 }, args: Array(400_000).fill(1) },
    anyOf: { items: { anyOf: list250.map((only) => ({ const: only })) }, args: Array(400_000).fill(1) },
    names: {
      items: { additionalProperties: false },
      args: Array.from({ length: 90 }, (_, n) => ({ [`${n}${'\u0001'.repeat(1_500)}`]: 1 })),
    },
  }
  it.each(Object.entries(cases))(
    '%s: the first are answered, in a message of bounded length',
    async (_, { items, args }) => {
      const refuse = async (round: number): Promise<Holds> => {
        await list({ strict: { type: 'object', properties: { list: { type: 'array', items } } } }, `a${round}`)
        using loop = watchLoop()
        const error = await refusal('strict', { list: args }, `a${round}`)
        const { longestMs } = loop
        const { issues = [], hasMoreIssues } = error.details
        expect(hasMoreIssues).toBe(true)
        expect(issues.length).toBeLessThanOrEqual(20)
        expect(issues.length).toBeGreaterThan(3)
        expect(error.message).toMatch(/; and more/)
        expect(Buffer.byteLength(JSON.stringify([error.message, error.details]))).toBeLessThan(64 * 1024)
        return { refusal: longestMs }
      }
      expect(await holdsBeyond(heldMs, refuse)).toEqual({})
    },
  )
})
