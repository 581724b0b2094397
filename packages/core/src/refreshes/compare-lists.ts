import type { ToolId } from '../base/ids.ts'
import type { BudgetMeter } from '../budgets/budget-meter.ts'
import type { ListBudget } from '../budgets/listings.ts'
import type { RefreshPhase } from '../model/events.ts'
import type { CallerContext } from '../model/resolve-config.ts'
import type { ServerRecord } from '../model/server.ts'
import { shortestTimeouts } from '../model/timeouts.ts'
import type { ServerSecrets } from '../secrets/server-secrets.ts'
import { type DialTarget, dialTargetOf } from '../sessions/dial-target.ts'
import type { SessionPool } from '../sessions/pool.ts'
import type { ServerStatusStore } from '../status/server-status-store.ts'
import type { StoredDefinition, TenantStorage } from '../storage/storage.ts'
import { compareFeatures, type FeatureComparison } from './compare-features.ts'
import { type Discovered, type DiscoverOptions, discover } from './discover.ts'
import { createForgetting, type Forgetting } from './forgetting.ts'
import { type Reconciliation, reconcile } from './reconcile.ts'

export type OnPhase = (phase: RefreshPhase, done: number, total?: number, message?: string) => void

const dayMs = 86_400_000

export interface Comparison extends Reconciliation, Pick<Discovered, 'connectMs' | 'listMs' | 'ttlMs'> {
  /** Removed tools that are no longer remembered. */
  readonly surplus: readonly ToolId[]
  /** The lists beside that of tools. */
  readonly features: FeatureComparison
  /** The tools that the server lists, by name. */
  readonly listed: Discovered['tools']
  readonly at: number
}

export interface ComparisonDeps {
  readonly storage: TenantStorage
  readonly pool: SessionPool
  readonly statuses: ServerStatusStore
  readonly secrets: ServerSecrets
  readonly meter: BudgetMeter
}

export interface CompareOptions extends Pick<DiscoverOptions, 'signal' | 'onOutput'> {
  /** Bounds the list, which is held until the caller disposes of the budget. */
  readonly budget: ListBudget
  readonly onPhase: OnPhase
}

/** Compares what the server lists now with what is stored. Rejects as `discover` does. */
export async function compareLists(
  deps: ComparisonDeps,
  server: ServerRecord,
  context: CallerContext,
  { budget, signal, onPhase, onOutput }: CompareOptions,
): Promise<Comparison> {
  const { storage, pool, statuses, meter } = deps
  const { removedToolsPerServer: keep, removedToolDays } = meter.budgets
  const target = await targetOf(deps, server, context)
  const discovered = await discover(pool, target, {
    timeouts: shortestTimeouts(meter, server.timeouts, context.timeouts),
    list: { budget, meter },
    signal,
    onPhase: (phase, listed, list) => onPhase(phase, listed, undefined, list),
    onOutput,
    onFailure: (error) => statuses.afterRequest(server.id, error),
  })
  onPhase('DIFFING', 0, discovered.tools.size)
  const at = Date.now()
  const { tools: listed, connectMs, listMs, ttlMs } = discovered
  const rule = { keep, before: at - removedToolDays * dayMs }
  const forgetting = createForgetting<StoredDefinition>(listed, rule)
  const stored = sifted(storage.tools.definitionsOf(server.id), forgetting)
  const { writes, ...compared } = await reconcile(server, stored, discovered, { at, meter })
  const features = await compareFeatures(storage.features.definitionsOf(server.id), discovered.features, {
    ...rule,
    serverId: server.id,
    at,
    meter,
  })
  // Known once every stored tool has been read.
  const { replaced, surplus } = forgetting
  return {
    ...compared,
    writes: replaced.length === 0 ? writes : [{ kind: 'forgetTools', toolIds: replaced }, ...writes],
    surplus,
    features,
    listed,
    connectMs,
    listMs,
    ttlMs,
    at,
  }
}

async function* sifted(
  pages: AsyncIterable<readonly StoredDefinition[]>,
  forgetting: Forgetting<StoredDefinition>,
): AsyncGenerator<readonly StoredDefinition[]> {
  for await (const page of pages) yield forgetting.sift(page)
}

async function targetOf(
  { storage, statuses, secrets }: ComparisonDeps,
  server: ServerRecord,
  context: CallerContext,
): Promise<DialTarget> {
  try {
    return dialTargetOf(storage.tenantId, server, context, secrets)
  } catch (error) {
    await statuses.afterRequest(server.id, error)
    throw error
  }
}
