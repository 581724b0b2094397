import { createRegistry, type PendingInput, type Registry, type RunJob, type ToolRun } from '@toolyard/core'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import {
  form,
  inputRequired,
  jsonResult,
  startAskingLegacy,
  startAskingModern,
} from '../fixtures/mcp/asking-servers.ts'
import { registered } from '../fixtures/mcp/registered.ts'
import { propertyRuns } from '../fixtures/property-runs.ts'

/** What callers do to a run, in any order. */
type Step =
  | { readonly kind: 'ANSWER'; readonly part: boolean; readonly action: 'ACCEPT' | 'DECLINE' }
  | { readonly kind: 'ANSWER_BADLY' | 'ANSWER_AGAIN' | 'CANCEL' | 'DECIDE' }

const steps = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant('ANSWER' as const),
        part: fc.boolean(),
        action: fc.constantFrom('ACCEPT' as const, 'DECLINE' as const),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.constantFrom(
        { kind: 'ANSWER_BADLY' as const },
        { kind: 'ANSWER_AGAIN' as const },
        { kind: 'DECIDE' as const },
      ),
    },
    { weight: 1, arbitrary: fc.constant({ kind: 'CANCEL' as const }) },
  ),
  { minLength: 1, maxLength: 8 },
)

const responseTo = ({ key }: PendingInput, action: 'ACCEPT' | 'DECLINE') =>
  action === 'ACCEPT' ? { key, action, content: { name: 'Ada' } } : { key, action }

/** Takes one step; answers whether the run has to be in another state for it. */
async function take({ runs }: Registry, run: ToolRun, step: Step): Promise<void> {
  const [first] = run.pendingInput
  const refused = (work: Promise<unknown>) => expect(work).rejects.toMatchObject({ code: expect.any(String) })
  const isWaiting = run.status === 'INPUT_REQUIRED' && first
  switch (step.kind) {
    case 'CANCEL':
      expect((await runs.cancel(run.id)).finishedAt).not.toBeNull()
      return
    case 'DECIDE':
      return refused(runs.decide(run.id, { decision: 'APPROVED' }))
    case 'ANSWER_BADLY':
      return refused(
        runs.answer(run.id, { responses: [{ key: first?.key ?? 'x', action: 'ACCEPT', content: { name: 1 } }] }),
      )
    case 'ANSWER_AGAIN':
      return refused(runs.answer(run.id, { responses: [{ key: 'no such key', action: 'DECLINE' }] }))
    case 'ANSWER': {
      if (!isWaiting) return refused(runs.answer(run.id, { responses: [{ key: 'a', action: 'DECLINE' }] }))
      const meant = step.part ? [first] : run.pendingInput
      const after = await runs.answer(run.id, { responses: meant.map((each) => responseTo(each, step.action)) })
      const isWhole = meant.length === run.pendingInput.length
      // The server may have asked for more by now.
      expect(after.status === 'INPUT_REQUIRED' && after.inputRound === run.inputRound).toBe(!isWhole)
    }
  }
}

/** The log of a run that has ended tells each wait once, and one end, which is the last. */
async function assertLog({ runs }: Registry, job: RunJob): Promise<void> {
  const types: string[] = []
  const rounds: number[] = []
  for await (const event of runs.events(job.id)) {
    types.push(event.type)
    if (event.type === 'ToolRunInputRequested') rounds.push(event.round)
  }
  expect(types.filter((type) => type === 'ToolRunFinished')).toEqual([types.at(-1)])
  expect(types[0]).toBe('ToolRunStarted')
  expect(rounds).toEqual(rounds.map((_, index) => index + 1))
  const run = await runs.get(job.id)
  expect(run).toMatchObject({ pendingInput: [], inputRound: rounds.length })
}

it.each(['MODERN', 'LEGACY'] as const)(
  'whatever callers do to a run of a %s server in whatever order, it is in one state, and ends once',
  async (era) => {
    const most = 3
    const asks = { a: form(), b: form() }
    await using server = await (era === 'MODERN'
      ? startAskingModern((_, round) => (round < most ? inputRequired(asks, `round ${round + 1}`) : undefined))
      : startAskingLegacy(async (_, ask) => {
          for (let round = 0; round < most; round += 1) await ask(form())
          return jsonResult('done')
        }))
    await using registry = await createRegistry()
    await registered(registry, 'a', { transport: 'streamableHttp', serverUrl: server.url })
    await fc.assert(
      fc.asyncProperty(steps, async (walk) => {
        const job = await registry.tools.start({ server: 'a', tool: 'echo' }, { n: 1 })
        for (const step of walk) {
          await take(registry, await registry.runs.wait(job.id, { untilPaused: true }), step)
        }
        const run = await registry.runs.wait(job.id, { untilPaused: true })
        if (run.finishedAt === null) await registry.runs.cancel(job.id)
        const ended = await job.result()
        expect(['SUCCEEDED', 'CANCELED']).toContain(ended.status)
        await assertLog(registry, job)
      }),
      { numRuns: propertyRuns(60) },
    )
    expect(await registry.runs.count({ status: ['INPUT_REQUIRED', 'RUNNING', 'QUEUED'] })).toBe(0)
    expect(registry.stats().runningJobs).toBe(0)
  },
  60_000,
)
