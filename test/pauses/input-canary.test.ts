import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { createRegistry } from '@toolyard/core'
import { sqliteStorage } from '@toolyard/core/sqlite'
import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  form,
  inputRequired,
  jsonResult,
  startAskingLegacy,
  startAskingModern,
} from '../fixtures/mcp/asking-servers.ts'
import { registered } from '../fixtures/mcp/registered.ts'

const echo = { server: 'a', tool: 'echo' }
const canaries = ['answer-canary', 'state-canary', 'agent-canary', 'partial-canary']

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'toolyard-'))
})
afterAll(() => rm(folder, { recursive: true }))

it.each(['MODERN', 'LEGACY'] as const)(
  'what is answered to a %s server is in no event, log, span, audit or file',
  async (era) => {
    const modern = () =>
      startAskingModern(({ inputResponses }) =>
        inputResponses
          ? { resultType: 'complete', content: [{ type: 'text', text: 'thanks' }] }
          : inputRequired({ '1': form(), '2': form() }, 'state-canary'),
      )
    const legacy = () =>
      startAskingLegacy(async (_, ask) => {
        await Promise.all([ask(form()), ask(form())])
        return jsonResult('thanks')
      })
    await using server = await (era === 'MODERN' ? modern() : legacy())
    const path = join(folder, `${era}.db`)
    const bytes = async () =>
      Buffer.concat(await Promise.all([path, `${path}-wal`].map((each) => readFile(each).catch(() => Buffer.of()))))
    const exporter = new InMemorySpanExporter()
    const tracerProvider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] })
    const ended: object[] = []
    await using registry = await createRegistry({
      storage: sqliteStorage({ path }),
      history: { args: 'DROP' },
      telemetry: { tracerProvider, captureContent: true },
      observer: { onJobEnded: (job) => void ended.push(job) },
    })
    await registered(registry, 'a', { transport: 'streamableHttp', serverUrl: server.url })
    const feed = registry.events()
    const job = await registry.tools.start(echo, {}, { agentId: 'agent-canary', actor: 'worker' })
    await expect.poll(async () => (await registry.runs.get(job.id))?.pendingInput.length).toBe(2)
    const accept = (key: string, name: string) =>
      registry.runs.answer(job.id, { responses: [{ key, action: 'ACCEPT', content: { name } }], actor: 'worker' })
    await accept('1', 'partial-canary')
    const waiting = await bytes()
    for (const canary of canaries) expect(waiting.includes(canary), `${canary} in the file`).toBe(false)
    await accept('2', 'answer-canary')
    const run = await job.result()
    expect(run).toMatchObject({ status: 'SUCCEEDED' })
    // The server has it.
    expect(JSON.stringify(server.asked.map(({ message }) => message))).toContain('answer-canary')

    const seen: unknown[] = [run, (await registry.audit.list()).edges, ended]
    for await (const event of registry.runs.events(job.id)) seen.push(event)
    for await (const event of feed) {
      seen.push(event)
      if (event.type === 'McpToolRunResumed') break
    }
    seen.push(exporter.getFinishedSpans().map(({ attributes, events, name }) => ({ attributes, events, name })))
    const text = JSON.stringify(seen)
    const file = await bytes()
    for (const canary of canaries) {
      expect(text.includes(canary), `${canary} in what is shown`).toBe(false)
      expect(file.includes(canary), `${canary} in the file`).toBe(false)
    }
  },
)
