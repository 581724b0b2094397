import type { ServerId, TenantId } from '../base/ids.ts'
import type { Budgets } from '../budgets/budget-table.ts'
import { eachInSteps, inSteps } from '../jobs/in-steps.ts'
import type { OfTenant } from '../storage/cross-tenant.ts'
import type { Storage } from '../storage/storage.ts'
import type { TenantWrite } from '../storage/write.ts'

const dayMs = 86_400_000
/** Time for which children left behind on a machine are remembered, in days. */
const childDays = 30
/** Extra time for removed tools, in ms: a refresh on another node, with another clock, may still bring one back. */
const slackMs = 3_600_000

export interface PruneDeps {
  readonly storage: Storage
  readonly budgets: Pick<Budgets, 'removedToolDays' | 'auditDays'>
}

/**
 * Deletes removed tools, resources, templates and prompts and audit events of all tenants once their days are over, and the
 * children of dead machines.
 */
export async function pruneExpired({ storage, budgets }: PruneDeps, signal: AbortSignal): Promise<void> {
  const removedBefore = Date.now() - budgets.removedToolDays * dayMs - slackMs
  await forgetTools(storage, removedBefore, signal)
  await forgetFeatures(storage, removedBefore, signal)
  await forgetAudit(storage, Date.now() - budgets.auditDays * dayMs, signal)
  await forgetChildren(storage)
}

/** Forgets the children left on machines that had no node for `childDays`: these count as dead. */
async function forgetChildren(storage: Storage): Promise<void> {
  const exceptHosts = (await storage.nodes()).flatMap(({ process }) => process?.host ?? [])
  await storage.commit([{ kind: 'forgetChildren', before: Date.now() - childDays * dayMs, exceptHosts }])
}

const byTenant = <Row>(rows: readonly OfTenant<Row>[]) =>
  [...Map.groupBy(rows, ({ tenantId }) => tenantId)].map(
    ([tenantId, some]) => [tenantId, some.map(({ record }) => record)] as const,
  )

async function forgetTools(storage: Storage, before: number, signal: AbortSignal): Promise<void> {
  const tenantOf = new Map<ServerId, TenantId>()
  await inSteps(signal, async (limit) => {
    const page = await storage.crossTenant.oldestRemovedTools(before, limit)
    const writes = byTenant(page).map(([tenantId, tools]): TenantWrite => {
      for (const { serverId } of tools) tenantOf.set(serverId, tenantId)
      return { kind: 'forgetTools', tenantId, toolIds: tools.map(({ id }) => id) }
    })
    if (writes.length > 0) await storage.commit(writes)
    return page.length < limit ? 'DONE' : 'MORE'
  })
  await eachInSteps([...tenantOf], signal, (some) =>
    storage.commit(some.map(([serverId, tenantId]) => ({ kind: 'recountTools', tenantId, serverId }))),
  )
}

async function forgetFeatures(storage: Storage, before: number, signal: AbortSignal): Promise<void> {
  const tenantOf = new Map<ServerId, TenantId>()
  await inSteps(signal, async (limit) => {
    const page = await storage.crossTenant.oldestRemovedFeatures(before, limit)
    const writes = byTenant(page).map(([tenantId, features]): TenantWrite => {
      for (const { serverId } of features) tenantOf.set(serverId, tenantId)
      return { kind: 'forgetFeatures', tenantId, ids: features.map(({ id }) => id) }
    })
    if (writes.length > 0) await storage.commit(writes)
    return page.length < limit ? 'DONE' : 'MORE'
  })
  await eachInSteps([...tenantOf], signal, (some) =>
    storage.commit(some.map(([serverId, tenantId]) => ({ kind: 'recountFeatures', tenantId, serverId }))),
  )
}

async function forgetAudit(storage: Storage, before: number, signal: AbortSignal): Promise<void> {
  await inSteps(signal, async (limit) => {
    const page = await storage.crossTenant.oldestAudit(before, limit)
    const writes = byTenant(page).map(([tenantId, events]): TenantWrite => ({ kind: 'deleteAudit', tenantId, events }))
    if (writes.length > 0) await storage.commit(writes)
    return page.length < limit ? 'DONE' : 'MORE'
  })
}
