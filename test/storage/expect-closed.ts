import { expect } from 'vitest'
import { defaultTenant } from '../../packages/core/src/base/ids.ts'
import type { Storage } from '../../packages/core/src/storage/storage.ts'
import { server } from './records.ts'

/** Expects reads and writes of the storage, which was closed, to say so. */
export async function expectClosed(storage: Storage): Promise<void> {
  const tenant = storage.tenant(defaultTenant)
  const closed = { code: 'CLOSED' }
  await expect(tenant.runs.getMany([])).rejects.toMatchObject(closed)
  await expect(tenant.servers.count({})).rejects.toMatchObject(closed)
  await expect(tenant.commit([{ kind: 'insertServer', server: server() }])).rejects.toMatchObject(closed)
}
