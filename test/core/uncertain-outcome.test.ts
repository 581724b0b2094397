import { expect, it } from 'vitest'
import { createNodeId, defaultTenant } from '../../packages/core/src/base/ids.ts'
import { recoverOwnUncertainJobs } from '../../packages/core/src/cluster/recovery.ts'
import { createRunningJobs } from '../../packages/core/src/jobs/running-jobs.ts'
import { memoryStorage } from '../../packages/core/src/storage/memory/memory-storage.ts'
import { run, server, tool } from '../storage/records.ts'

it('recovers a run whose first write was uncertain and which no node works on; leaves running ones alone', async () => {
  const storage = await memoryStorage().open()
  const self = createNodeId()
  const jobs = createRunningJobs(() => undefined)
  const begun = { status: 'RUNNING', ownerId: self, createdAt: Date.now() - 120_000 } as const
  const echo = tool(server().id, 'echo')
  const [doubtful, atWork, young] = [run(echo, begun), run(echo, begun), run(echo, { ...begun, createdAt: Date.now() })]
  await storage.commit([{ kind: 'insertNode', node: { id: self, process: null, openedAt: 1 }, leaseMs: null }])
  const { runs, commit } = storage.tenant(defaultTenant)
  await commit([doubtful, atWork, young].map((each) => ({ kind: 'insertRun', run: each }) as const))
  const letGo = Promise.withResolvers<void>()
  jobs.start(atWork.id, () => letGo.promise)
  await recoverOwnUncertainJobs(storage, { self }, jobs)
  expect(await runs.get(doubtful.id)).toMatchObject({ status: 'OUTCOME_UNKNOWN', error: { code: 'INTERRUPTED' } })
  expect(await runs.get(atWork.id)).toEqual(atWork)
  expect(await runs.get(young.id)).toEqual(young)
  letGo.resolve()
  await jobs.close(0)
})
