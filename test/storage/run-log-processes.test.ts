import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { sqliteStorage } from '@toolyard/core/sqlite'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { defaultTenant, type RunId } from '../../packages/core/src/base/ids.ts'
import type { LoggedStep } from '../fixtures/process/logging-runs.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'toolyard-'))
})
afterEach(() => rm(folder, { recursive: true }))

const script = fileURLToPath(new URL('../fixtures/process/logging-runs.ts', import.meta.url))
const unexpected = (damage: Error) => {
  throw damage
}

/** A process that commits runs. */
function startLogging(path: string) {
  const child = fork(script, [path], { execArgv: ['--conditions', 'toolyard-source'] })
  /** The last step that each run was told to have. */
  const told = new Map<string, LoggedStep['status']>()
  let wake = (): void => undefined
  child.on('message', ({ id, status }: LoggedStep) => {
    told.set(id, status)
    wake()
  })
  const exited = once(child, 'exit').finally(() => wake())
  const channelClosed = once(child, 'disconnect')
  return {
    told,
    /** Resolves once so many more runs were told of. */
    async tells(more: number): Promise<void> {
      const wanted = told.size + more
      while (told.size < wanted) {
        if (child.exitCode !== null || child.signalCode !== null) throw new Error('The process has ended')
        const { promise, resolve } = Promise.withResolvers<void>()
        wake = resolve
        await promise
      }
    },
    async kill(): Promise<void> {
      child.kill('SIGKILL')
      await Promise.all([exited, channelClosed])
    },
  }
}

async function recover(path: string): Promise<void> {
  const storage = await sqliteStorage({ path }).open()
  await storage.recover(() => true, unexpected)
  await storage.close()
}

/** Each run is there with the step that was told last, or with the one after it, and with its events. */
async function expectAll(path: string, told: ReadonlyMap<string, LoggedStep['status']>): Promise<void> {
  const storage = await sqliteStorage({ path }).open()
  await storage.recover(() => true, unexpected)
  const { runs, log } = storage.tenant(defaultTenant)
  for (const [id, status] of told) {
    // Of ids that the other process made.
    const runId = id as RunId
    const run = await runs.get(runId)
    expect(status === 'SUCCEEDED' ? ['SUCCEEDED'] : ['RUNNING', 'SUCCEEDED'], id).toContain(run?.status)
    const types = (await log.jobEvents(runId, 0, 10)).map(({ event }) => event.type)
    const ended = run?.status === 'SUCCEEDED' ? ['ToolRunFinished'] : []
    expect(types, id).toEqual(['ToolRunStarted', ...ended])
  }
  // At most the steps that were on their way to be told.
  const count = await runs.count({})
  expect(count - told.size).toBeGreaterThanOrEqual(0)
  expect(count - told.size).toBeLessThanOrEqual(8)
  await storage.close()
  expect((await readdir(folder)).filter((name) => name.includes('-runs-'))).toEqual([])
}

it('two processes log their runs beside one database, and both are killed: every step is there once', async () => {
  const path = join(folder, 'registry.db')
  await recover(path)
  const children = [startLogging(path), startLogging(path)]
  await Promise.all(children.map((child) => child.tells(100)))
  await Promise.all(children.map((child) => child.kill()))
  await expectAll(path, new Map(children.flatMap(({ told }) => [...told])))
})

it('a process that is taken for dead again and again while it lives loses no step, and has none twice', async () => {
  const path = join(folder, 'registry.db')
  await recover(path)
  const child = startLogging(path)
  for (let times = 0; times < 15; times += 1) {
    await child.tells(1 + (times % 5))
    await recover(path)
  }
  await child.kill()
  await expectAll(path, child.told)
})
