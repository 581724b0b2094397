import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import BetterSqlite3 from 'better-sqlite3'
import { expect } from 'vitest'
import { childScript } from '../fixtures/process/child-script.ts'
import type { DoomedOrder, DoomedReport } from '../fixtures/process/crashing-orders.ts'

/** A process of test/fixtures/process/crashing-jobs.ts, which ends by SIGKILL alone. */
export class DoomedProcess implements AsyncDisposable {
  readonly reports: DoomedReport[] = []
  readonly #child: ChildProcess
  readonly #ended: Promise<unknown>
  #wake = (): void => undefined

  constructor() {
    this.#child = fork(childScript('crashing-jobs'), [], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      execArgv: [],
    })
    this.#child.on('message', (report: DoomedReport) => {
      this.reports.push(report)
      this.#wake()
    })
    // What it told before its end is read until its channel is closed.
    this.#ended = Promise.all([once(this.#child, 'exit'), once(this.#child, 'disconnect')]).finally(() => this.#wake())
  }

  order(order: DoomedOrder): void {
    this.#child.send(order)
  }

  /** Resolves once it has told such a report; rejects where it ends before. */
  told(matches: (report: DoomedReport) => boolean): Promise<void> {
    return this.#until(() => this.reports.some(matches))
  }

  /** Resolves once it has told so many reports of the kind; rejects where it ends before. */
  toldTimes(kind: DoomedReport['kind'], times: number): Promise<void> {
    return this.#until(() => this.reports.filter((report) => report.kind === kind).length >= times)
  }

  async #until(isTrue: () => boolean): Promise<void> {
    while (!isTrue()) {
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#wake = resolve
      if (this.#child.exitCode !== null || this.#child.signalCode !== null) throw new Error('The child has ended')
      await promise
    }
  }

  /** Resolves once it is gone and all that it told is in `reports`. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#ended
    expect(this.#child.signalCode, 'how the child ended').toBe('SIGKILL')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#ended
  }
}

/** Numbers from 0 to 1 that are the same for the same seed (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

export const anySeed = () => Math.floor(Math.random() * 2 ** 32)

/** `count` random moments from 0 to `span` ms, one in each of as many parts of it, in any order. */
export function momentsOf(random: () => number, count: number, span: number): number[] {
  return Array.from({ length: count }, (_, index) => ({ at: ((index + random()) * span) / count, order: random() }))
    .sort((a, b) => a.order - b.order)
    .map(({ at }) => at)
}

/** What fails in `work` says at which kill. */
export async function atKill<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    throw new Error(`${what}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
  }
}

export function expectSound(path: string): void {
  const database = new BetterSqlite3(path)
  try {
    expect(database.pragma('integrity_check', { simple: true })).toBe('ok')
    expect(database.pragma('foreign_key_check')).toEqual([])
  } finally {
    database.close()
  }
}
