import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createRegistry } from '@toolyard/core'
import { sqliteStorage } from '@toolyard/core/sqlite'
import { expect, it } from 'vitest'
import { form, inputRequired, startAskingModern } from '../fixtures/mcp/asking-servers.ts'
import { registered } from '../fixtures/mcp/registered.ts'

setFlagsFromString('--expose-gc')
const collect: () => void = runInNewContext('gc')

const timers = () => process.getActiveResourcesInfo().filter((each) => each === 'Timeout').length

it('a thousand runs that wait for answers hold no timer, no session, and less than 4 kB each', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'toolyard-'))
  try {
    await using server = await startAskingModern(({ inputResponses }) =>
      inputResponses ? undefined : inputRequired({ who: form() }, 'x'.repeat(2_000)),
    )
    await using registry = await createRegistry({ storage: sqliteStorage({ path: join(folder, 'a.db') }) })
    await registered(registry, 'a', { transport: 'streamableHttp', serverUrl: server.url })
    async function pause(count: number): Promise<readonly string[]> {
      const ids: string[] = []
      for (let done = 0; done < count; done += 20) {
        const jobs = await Promise.all(
          Array.from({ length: 20 }, (_, n) => registry.tools.start({ server: 'a', tool: 'echo' }, { n: done + n })),
        )
        for (const job of jobs) {
          await job.result({ untilPaused: true })
          ids.push(job.id)
        }
        server.forget()
      }
      return ids
    }
    const measured = async () => {
      // What the last answers left behind ends within a turn or two.
      await expect.poll(() => registry.stats().runningJobs).toBe(0)
      collect()
      return { heap: process.memoryUsage().heapUsed, timers: timers() }
    }
    await pause(200)
    const before = await measured()
    const ids = await pause(1_000)
    const after = await measured()
    expect((after.heap - before.heap) / 1_000).toBeLessThan(4_096)
    expect(after.timers).toBeLessThanOrEqual(before.timers + 2)
    const { sessions, idleSessions } = registry.stats()
    expect(sessions).toBe(idleSessions)
    expect(await registry.runs.count({ status: ['INPUT_REQUIRED'] })).toBe(1_200)
    const [id = ''] = ids
    await registry.runs.answer(id, { responses: [{ key: 'who', action: 'DECLINE' }] })
    expect(await registry.runs.wait(id)).toMatchObject({ status: 'SUCCEEDED' })
  } finally {
    await rm(folder, { recursive: true })
  }
}, 120_000)
