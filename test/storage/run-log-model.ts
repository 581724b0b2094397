import { sqliteStorage } from '@toolyard/core/sqlite'
import fc from 'fast-check'
import { expect } from 'vitest'
import { defaultTenant, type RunId } from '../../packages/core/src/base/ids.ts'
import type { RunEvent } from '../../packages/core/src/model/events.ts'
import type { RunRecord } from '../../packages/core/src/model/job.ts'
import type { Storage } from '../../packages/core/src/storage/storage.ts'
import type { Write } from '../../packages/core/src/storage/write.ts'
import { run, server, tool } from './records.ts'

/** What is done to a few runs, by their numbers. */
export type Step =
  /** Each of them takes its next step, all in one turn of the event loop. */
  | { readonly kind: 'ADVANCE'; readonly runs: readonly number[]; readonly ends: boolean }
  /** One is read, or all are. */
  | { readonly kind: 'READ'; readonly run: number | 'ALL' }
  | { readonly kind: 'DELETE'; readonly run: number }
  /** The process is killed: another one opens the database, and finds what the first has left. */
  | { readonly kind: 'KILL' }
  /** Another process takes the living one for dead. */
  | { readonly kind: 'TAKE_OVER' }

const someRun = fc.nat({ max: 5 })
export const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant('ADVANCE' as const),
        runs: fc.uniqueArray(someRun, { minLength: 1, maxLength: 4 }),
        ends: fc.boolean(),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant('READ' as const), run: fc.oneof(someRun, fc.constant('ALL' as const)) }),
    },
    fc.record({ kind: fc.constant('DELETE' as const), run: someRun }),
    fc.record({ kind: fc.constant('KILL' as const) }),
    fc.record({ kind: fc.constant('TAKE_OVER' as const) }),
  ),
  { maxLength: 24 },
)

interface Expected {
  run: RunRecord
  events: RunEvent[]
}

const unexpected = (damage: Error) => {
  throw damage
}

/** A database, and what it must answer of its runs. */
export class RunLogModel {
  readonly #path: string
  readonly #expected = new Map<RunId, Expected>()
  /** The run of each number that is under way. */
  readonly #going = new Map<number, RunId>()
  readonly #deleted: RunId[] = []
  readonly #killed: Storage[] = []
  readonly #tool = tool(server().id, 'a')
  #storage: Storage

  private constructor(path: string, storage: Storage) {
    this.#path = path
    this.#storage = storage
  }

  static async open(path: string): Promise<RunLogModel> {
    return new RunLogModel(path, await sqliteStorage({ path }).open())
  }

  async take(step: Step): Promise<void> {
    switch (step.kind) {
      case 'ADVANCE':
        await Promise.all(step.runs.map((number) => this.#advance(number, step.ends)))
        return
      case 'READ':
        if (step.run === 'ALL') expect(await this.#tenant.runs.count({})).toBe(this.#expected.size)
        else await this.#check(this.#going.get(step.run))
        return
      case 'DELETE':
        return this.#delete(step.run)
      case 'KILL':
        // Nothing is closed: what is in the files is all that there is.
        this.#killed.push(this.#storage)
        this.#going.clear()
        this.#storage = await sqliteStorage({ path: this.#path }).open()
        await this.#storage.recover(() => true, unexpected)
        return this.check()
      case 'TAKE_OVER': {
        const other = await sqliteStorage({ path: this.#path }).open()
        await other.recover(() => true, unexpected)
        expect(await other.tenant(defaultTenant).runs.count({})).toBe(this.#expected.size)
        await other.close()
      }
    }
  }

  /** Every run is there once, as its last commit left it, with all of its events. */
  async check(): Promise<void> {
    expect(await this.#tenant.runs.count({})).toBe(this.#expected.size)
    for (const id of this.#expected.keys()) await this.#check(id)
    for (const id of this.#deleted) expect(await this.#tenant.runs.get(id)).toBeUndefined()
  }

  async close(): Promise<void> {
    for (const storage of [...this.#killed, this.#storage]) await storage.close()
  }

  get #tenant() {
    return this.#storage.tenant(defaultTenant)
  }

  async #check(id: RunId | undefined): Promise<void> {
    const expected = id && this.#expected.get(id)
    if (!expected) return
    expect(await this.#tenant.runs.get(id)).toEqual(expected.run)
    const events = await this.#tenant.log.jobEvents(id, 0, 1_000)
    expect(events.map(({ event }) => event)).toEqual(expected.events)
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1))
  }

  async #delete(number: number): Promise<void> {
    const id = this.#going.get(number)
    if (id === undefined) return
    await this.#tenant.commit([{ kind: 'deleteJobs', ids: [id] }])
    this.#going.delete(number)
    this.#expected.delete(id)
    this.#deleted.push(id)
  }

  async #advance(number: number, ends: boolean): Promise<void> {
    const id = this.#going.get(number)
    const before = id && this.#expected.get(id)
    if (!before) return this.#begin(number)
    const { run: standing, events } = before
    if (standing.status === 'QUEUED') {
      return this.#commit({ ...standing, status: 'RUNNING', startedAt: 2 }, { type: 'ToolRunStarted' }, before)
    }
    if (!ends) {
      const progress: RunEvent = { type: 'ToolRunProgress', progress: events.length }
      await this.#tenant.commit([
        { kind: 'appendJobEvents', jobId: standing.id, at: events.length, events: [progress] },
      ])
      before.events.push(progress)
      return
    }
    this.#going.delete(number)
    const ended = { ...standing, status: 'SUCCEEDED', finishedAt: 9, ownerId: null } as const
    await this.#commit(ended, { type: 'ToolRunFinished', status: 'SUCCEEDED' }, before)
  }

  async #begin(number: number): Promise<void> {
    const begun = run(this.#tool, number % 2 === 0 ? { status: 'RUNNING', startedAt: 1 } : {})
    const events: RunEvent[] = begun.status === 'RUNNING' ? [{ type: 'ToolRunStarted' }] : []
    const appended: Write[] =
      events.length > 0 ? [{ kind: 'appendJobEvents', jobId: begun.id, at: 1, events: [...events] }] : []
    await this.#tenant.commit([{ kind: 'insertRun', run: begun }, ...appended])
    this.#going.set(number, begun.id)
    this.#expected.set(begun.id, { run: begun, events })
  }

  async #commit(after: RunRecord, event: RunEvent, expected: Expected): Promise<void> {
    await this.#tenant.commit([
      { kind: 'updateRun', run: after },
      { kind: 'appendJobEvents', jobId: after.id, at: expected.events.length, events: [event] },
    ])
    expected.run = after
    expected.events.push(event)
  }
}
