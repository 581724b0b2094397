import { SpanStatusCode } from '@opentelemetry/api'
import { createRegistry, type Registry } from '@toolyard/core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { registered } from '../fixtures/mcp/registered.ts'
import {
  type Asked,
  openEvents,
  type Script,
  type ScriptedServer,
  startScripted,
} from '../fixtures/mcp/scripted-http.ts'
import { refuse, startScriptedModern } from '../fixtures/mcp/scripted-modern.ts'
import { startTelemetry, type TestTelemetry } from '../fixtures/process/telemetry.ts'

const eras = ['LEGACY', 'MODERN'] as const
type Era = (typeof eras)[number]

let telemetry: TestTelemetry
beforeAll(() => {
  telemetry = startTelemetry()
})
afterAll(() => telemetry.close())

let registry: Registry
let servers: Readonly<Record<Era, ScriptedServer>>
/** Calls that came, by the name of the server. */
let calls: Record<Era, number>
beforeEach(async () => {
  calls = { LEGACY: 0, MODERN: 0 }
  servers = { LEGACY: await startScripted(scriptOf('LEGACY')), MODERN: await startScriptedModern(scriptOf('MODERN')) }
  registry = await createRegistry({ timeouts: { requestMs: 5_000 } })
  for (const era of eras) {
    await registered(registry, era, { transport: 'streamableHttp', serverUrl: servers[era].url })
    expect(await registry.servers.getByName(era)).toMatchObject({ protocolEra: era })
  }
})
afterEach(async () => {
  await registry.close()
  for (const era of eras) await servers[era][Symbol.asyncDispose]()
  telemetry.reset()
})

const result = { content: [{ type: 'text', text: 'done' }], structuredContent: { n: 1 } }

/** How the server behaves when each tool is called. */
const behaviours: Readonly<Record<string, (asked: Asked, times: number) => void>> = {
  answers: (asked) => asked.result(result),
  fails: (asked) => asked.result({ ...result, isError: true }),
  refuses: (asked) => void refuse(asked, 200, -32_602, 'not like this'),
  forbids: ({ response }) => void response.writeHead(403).end(),
  isBusy: ({ response }) => void response.writeHead(503).end(),
  breaks: ({ response }) => void response.writeHead(500).end(),
  loses: ({ request }) => void request.socket.destroy(),
  hangs: () => undefined,
  talks(asked) {
    const send = openEvents(asked)
    send({ method: 'notifications/message', params: { level: 'warning', logger: 'l', data: 'slow' } })
    const { progressToken } = asked
    send({ method: 'notifications/progress', params: { progressToken, progress: 1, total: 2, message: 'half' } })
    send({ id: asked.id, result })
    asked.response.end()
  },
  /** Repeatable: the first answer is lost. */
  recovers(asked, times) {
    if (times === 1) asked.request.socket.destroy()
    else asked.result(result)
  },
}

function scriptOf(era: Era): Script {
  const times = new Map<string, number>()
  return (asked) => {
    if (asked.method === 'tools/list') {
      const tools = Object.keys(behaviours).map((name) => ({
        name,
        inputSchema: { type: 'object' },
        annotations: { readOnlyHint: name === 'recovers' },
      }))
      asked.result({ resultType: 'complete', tools })
      return true
    }
    if (asked.method !== 'tools/call') return false
    calls[era] += 1
    const name = String(asked.params.name)
    times.set(name, (times.get(name) ?? 0) + 1)
    behaviours[name]?.(asked, times.get(name) ?? 0)
    return true
  }
}

/** Members that tell one run or server from another. */
const ofOne = /^(id|jobId|runId|cursor|at|.+At|configFingerprint|durationMs)$/

/** What a caller sees of a run. */
async function seenOf(server: Era, tool: string, timeoutMs?: number): Promise<{ readonly status: string }> {
  const job = await registry.runs.start({ server, tool }, { a: 1 }, timeoutMs === undefined ? {} : { timeoutMs })
  const events: unknown[] = []
  for await (const event of job.events()) events.push(event)
  const { status, error, result } = await job.result()
  const kept = (await registry.runs.get(job.id))?.status
  const text = JSON.stringify({ status, error, result, events, kept }, (key, value) =>
    ofOne.test(key) ? undefined : value,
  )
  return JSON.parse(text.replaceAll(servers[server].url, 'URL'))
}

describe('a run is the same to its caller in both eras', () => {
  it.each([
    ['answers', 'SUCCEEDED', 1],
    ['fails', 'FAILED', 1],
    ['refuses', 'FAILED', 1],
    ['forbids', 'FAILED', 1],
    ['isBusy', 'FAILED', 1],
    ['breaks', 'OUTCOME_UNKNOWN', 1],
    ['loses', 'OUTCOME_UNKNOWN', 1],
    ['talks', 'SUCCEEDED', 1],
    ['recovers', 'SUCCEEDED', 2],
  ])('of a tool that %s: %s', async (tool, status, times) => {
    const [legacy, modern] = [await seenOf('LEGACY', tool), await seenOf('MODERN', tool)]
    expect(legacy).toMatchObject({ status })
    expect(modern).toEqual(legacy)
    expect(calls).toEqual({ LEGACY: times, MODERN: times })
  })

  it('of a tool that hangs: TIMED_OUT', async () => {
    const [legacy, modern] = [await seenOf('LEGACY', 'hangs', 300), await seenOf('MODERN', 'hangs', 300)]
    expect(legacy).toMatchObject({ status: 'TIMED_OUT' })
    expect(modern).toEqual(legacy)
  })

  it.each(eras)('with an idempotency key, of which one calls: %s', async (server) => {
    const start = () => registry.runs.start({ server, tool: 'answers' }, {}, { idempotencyKey: 'k' })
    const [first, second] = [await start(), await start()]
    expect(second.id).toBe(first.id)
    expect(await second.result()).toMatchObject({ status: 'SUCCEEDED' })
    expect(calls[server]).toBe(1)
  })
})

it.each(eras)('spans have the version that was spoken: %s', async (server) => {
  telemetry.reset()
  await (await registry.runs.start({ server, tool: 'answers' }, {})).result()
  const [call] = telemetry.spans().filter(({ name }) => name === 'tools/call answers')
  expect(call?.status).toEqual({ code: SpanStatusCode.UNSET })
  expect(call?.attributes).toMatchObject({ 'mcp.protocol.version': server === 'MODERN' ? '2026-07-28' : '2025-11-25' })
})
