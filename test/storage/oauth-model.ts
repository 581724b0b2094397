import fc from 'fast-check'
import { expect } from 'vitest'
import type { ServerId } from '../../packages/core/src/base/ids.ts'
import type { OAuthGrantRecord } from '../../packages/core/src/model/oauth.ts'
import type { TenantStorage } from '../../packages/core/src/storage/storage.ts'
import type { Write } from '../../packages/core/src/storage/write.ts'
import { propertyRuns } from '../fixtures/property-runs.ts'
import { grant, shown } from './oauth-records.ts'
import { server } from './records.ts'

export const setGrant = (record: OAuthGrantRecord, ifVersion: number): Write => ({
  kind: 'setOAuthGrant',
  grant: record,
  ifVersion,
})

type Step =
  /** `off`: against the version that is stored. */
  | { readonly kind: 'SET'; readonly index: number; readonly off: number }
  | { readonly kind: 'REPLACE_SERVER'; readonly index: number }

const index = fc.nat(1)
// Most writes are for the version that is stored.
const off = fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constantFrom(-1, 1) })
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('SET' as const), index, off }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('REPLACE_SERVER' as const), index }) },
)
const commits = fc.array(fc.array(step, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 8 })

type Model = ReadonlyMap<ServerId, OAuthGrantRecord>

/** The writes of a commit, and the model after it; undefined if the commit has to fail. */
function planned(model: Model, steps: readonly Step[], servers: readonly ReturnType<typeof server>[]) {
  const next = new Map(model)
  const writes: Write[] = []
  let fails = false
  for (const each of steps) {
    const owner = servers[each.index]
    if (!owner) throw new RangeError('Each index has a server')
    if (each.kind === 'REPLACE_SERVER') {
      next.delete(owner.id)
      writes.push({ kind: 'deleteServer', serverId: owner.id }, { kind: 'insertServer', server: owner })
      continue
    }
    const ifVersion = (next.get(owner.id)?.version ?? 0) + each.off
    const record = grant(owner.id, { version: ifVersion + 1 })
    writes.push(setGrant(record, ifVersion))
    if (each.off === 0) next.set(owner.id, record)
    else fails = true
  }
  return { writes, next: fails ? undefined : next }
}

/** Expects commits that write grants and delete servers, in any sequence, to end as in a map. */
export async function expectModel(storage: TenantStorage): Promise<void> {
  await fc.assert(
    fc.asyncProperty(commits, async (sequence) => {
      const servers = [server(), server()]
      await storage.commit(servers.map((each) => ({ kind: 'insertServer', server: each })))
      let model: Model = new Map()
      for (const steps of sequence) {
        const { writes, next } = planned(model, steps, servers)
        const commit = storage.commit(writes)
        if (next) await commit
        else await expect(commit).rejects.toMatchObject({ code: 'REVISION_CONFLICT' })
        model = next ?? model
        for (const { id } of servers) expect(shown(await storage.oauth.grant(id))).toEqual(shown(model.get(id)))
      }
    }),
    { numRuns: propertyRuns(40) },
  )
}
