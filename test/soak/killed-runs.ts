import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { createRegistry, type Registry, type RunJobEvent, type ToolRun } from '@toolyard/core'
import { sqliteStorage } from '@toolyard/core/sqlite'
import { expect } from 'vitest'
import { everyPage } from '../fixtures/http/paginate.ts'
import { startScripted, textResult } from '../fixtures/mcp/scripted-http.ts'
import { keyOf } from '../fixtures/process/crashing-orders.ts'
import { anySeed, atKill, DoomedProcess, expectSound, momentsOf, randomOf } from './crashing-process.ts'

/** The runs of one process begin at the same n as those of no other. */
const runsPerKill = 100_000
/** Some of a process are killed before the first answer comes, and the last ones after so many. */
const maxAnswers = 100
const countTool = { name: 'count', inputSchema: { type: 'object', properties: { n: { type: 'integer' } } } }

/** A server in this process, whose tool takes up to 5 ms to have its effect, and answers then. */
async function startCounting(random: () => number) {
  /** How often the tool had the effect of an n. */
  const effects = new Map<number, number>()
  let atWork = 0
  const server = await startScripted(async (asked) => {
    if (asked.method === 'tools/list') asked.result({ tools: [countTool] })
    else if (asked.method === 'tools/call') {
      atWork += 1
      await delay(5 * random())
      const n = Number(asked.args.n)
      effects.set(n, (effects.get(n) ?? 0) + 1)
      asked.result(textResult(`effect of ${n}`))
      atWork -= 1
    } else return false
    return true
  })
  return {
    effects,
    url: server.url,
    /** Once the caller is gone: has what it sent have its effect, too. */
    async settled() {
      await expect.poll(() => atWork, { interval: 1 }).toBe(0)
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

async function eventsOf(registry: Registry, id: string): Promise<RunJobEvent[]> {
  // An ended job's events are all there: this is the deadline of a stream that does not end.
  const signal = AbortSignal.timeout(60_000)
  const events: RunJobEvent[] = []
  for await (const event of registry.runs.events(id, { signal })) events.push(event)
  signal.throwIfAborted()
  return events
}

/** How many runs ended in each way. */
export interface KilledRuns {
  readonly succeeded: number
  readonly unknown: number
  readonly neverSent: number
}

/** A process that calls a counting tool, 8 calls at a time, is killed at random moments: no effect is lost, none is doubled. */
export async function killedRuns(times: number, seed = anySeed()): Promise<KilledRuns> {
  const folder = await mkdtemp(join(tmpdir(), 'toolyard-'))
  const path = join(folder, 'registry.db')
  const random = randomOf(seed)
  const counts = { succeeded: 0, unknown: 0, neverSent: 0 }
  const allEffects = new Map<number, number>()
  let spare = new DoomedProcess()

  /** Kills `ms` after so many answers. */
  async function kill(index: number, answers: number, ms: number): Promise<void> {
    await using child = spare
    spare = new DoomedProcess()
    await using server = await startCounting(random)
    const firstN = index * runsPerKill
    const since = Date.now()
    child.order({ kind: 'runs', path, name: `server ${index}`, url: server.url, firstN, atATime: 8 })
    await child.told(({ kind }) => kind === 'opened')
    await child.toldTimes('ran', answers)
    await delay(ms)
    await child.kill()
    await server.settled()
    await using registry = await createRegistry({ storage: sqliteStorage({ path }) })
    expectSound(path)
    const runs = await everyPage((options) => registry.runs.list({ ...options, filter: { createdAt: { gte: since } } }))
    examine(runs, server.effects, child)
    for (const run of runs) expectLog(run, await eventsOf(registry, run.id))
    await askAgain(registry, runs, server.effects)
    for (const [n, count] of server.effects) allEffects.set(n, count)
  }

  function examine(runs: readonly ToolRun[], effects: ReadonlyMap<number, number>, child: DoomedProcess): void {
    const byN = new Map(runs.map((run) => [Number(run.args.n), run]))
    expect(byN.size, 'as many runs as numbers').toBe(runs.length)
    for (const [n, count] of effects) {
      expect(byN.get(n), `the run of effect ${n}`).toBeDefined()
      expect(count, `how often effect ${n} was had`).toBe(1)
    }
    for (const report of child.reports) {
      if (report.kind !== 'ran') continue
      const { id, n, status } = report
      const run = byN.get(n)
      expect(`${run?.id} ${run?.status}`, `run ${n}, as its caller was told of it`).toBe(`${id} ${status}`)
    }
    for (const [n, run] of byN) expectEnd(run, effects.has(n))
  }

  function expectEnd({ args, status, error, result }: ToolRun, hadEffect: boolean): void {
    if (status === 'SUCCEEDED') {
      expect(hadEffect, `the effect of ${args.n}, which has an answer`).toBe(true)
      expect(result?.funcReturn).toBe(`effect of ${args.n}`)
      counts.succeeded += 1
      return
    }
    const code = status === 'FAILED' ? 'NOT_SENT' : 'INTERRUPTED'
    expect(error, `why ${args.n} is ${status}`).toMatchObject({ code, retryable: true })
    expect(result).toBeNull()
    const allowed = hadEffect ? ['OUTCOME_UNKNOWN'] : ['OUTCOME_UNKNOWN', 'FAILED']
    expect(allowed, `how ${args.n} may have ended, effect: ${hadEffect}`).toContain(status)
    counts[status === 'FAILED' ? 'neverSent' : 'unknown'] += 1
  }

  function expectLog({ args, status, startedAt, finishedAt }: ToolRun, events: readonly RunJobEvent[]): void {
    const types = events.map(({ type }) => type)
    const neverSent = status === 'FAILED'
    expect(types, `the log of ${args.n}, ${status}`).toEqual(
      neverSent ? ['ToolRunFinished'] : ['ToolRunStarted', 'ToolRunFinished'],
    )
    expect(events.at(-1)).toMatchObject({ status })
    expect(startedAt === null, 'whether it never started').toBe(neverSent)
    expect(finishedAt).toBeInstanceOf(Date)
  }

  /** A caller that asks again under the key of a run gets that run, and nothing is sent. */
  async function askAgain(registry: Registry, runs: readonly ToolRun[], effects: ReadonlyMap<number, number>) {
    for (const run of runs) {
      const idempotencyKey = keyOf(Number(run.args.n))
      if (idempotencyKey === undefined) continue
      const job = await registry.tools.start({ id: run.toolId }, run.args, { idempotencyKey })
      expect(job).toMatchObject({ id: run.id, deduplicated: true })
      expect(await job.result()).toEqual(run)
    }
    expect([...effects.values()].filter((count) => count !== 1)).toEqual([])
  }

  /** What the database came to in all: the kills that came later changed nothing of the runs before them. */
  async function examineAll(): Promise<void> {
    await using registry = await createRegistry({ storage: sqliteStorage({ path }) })
    const runs = await everyPage((options) => registry.runs.list(options))
    expect(new Set(runs.map(({ args }) => args.n)).size).toBe(runs.length)
    expect(runs.length).toBe(counts.succeeded + counts.unknown + counts.neverSent)
    const withEffect = new Set(runs.filter(({ status }) => status !== 'FAILED').map(({ args }) => Number(args.n)))
    expect([...allEffects.keys()].filter((n) => !withEffect.has(n))).toEqual([])
    expect(await registry.runs.count({ status: ['QUEUED', 'RUNNING'] })).toBe(0)
  }

  try {
    for (const [index, moment] of momentsOf(random, times, maxAnswers).entries()) {
      const [answers, ms] = [Math.floor(moment), 10 * random()]
      const what = `kill ${index + 1} of ${times}, ${ms} ms after ${answers} answers, seed ${seed}`
      await atKill(what, () => kill(index, answers, ms))
    }
    await examineAll()
    return counts
  } finally {
    await spare[Symbol.asyncDispose]()
    await rm(folder, { recursive: true })
  }
}
