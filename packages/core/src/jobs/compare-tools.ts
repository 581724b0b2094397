import type { BudgetMeter } from '../budgets/budget-meter.ts'
import type { RefreshPhase } from '../events/events.ts'
import type { ToolId } from '../ids.ts'
import type { ServerSecrets } from '../secrets/server-secrets.ts'
import type { CallerContext } from '../servers/resolve-config.ts'
import type { ServerRecord } from '../servers/server.ts'
import type { ServerStates } from '../servers/server-states.ts'
import { shortestTimeouts } from '../servers/timeouts.ts'
import { type DialTarget, dialTargetOf } from '../sessions/dial-target.ts'
import type { SessionPool } from '../sessions/pool.ts'
import type { TenantStorage } from '../storage/storage.ts'
import { type Discovered, type DiscoverOptions, discover } from '../tools/discover.ts'
import { createForgetting } from '../tools/forgetting.ts'
import { type Reconciliation, reconcile } from '../tools/reconcile.ts'

export type OnPhase = (phase: RefreshPhase, done: number, total?: number) => void

const dayMs = 86_400_000

export interface Comparison extends Reconciliation, Pick<Discovered, 'connectMs' | 'listMs'> {
  /** Removed tools that are remembered no longer. */
  readonly surplus: readonly ToolId[]
  /** What the server lists, by name. */
  readonly listed: Discovered['tools']
  readonly at: number
}

interface ComparisonParts {
  readonly storage: TenantStorage
  readonly pool: SessionPool
  readonly states: ServerStates
  readonly secrets: ServerSecrets
  readonly meter: BudgetMeter
}

/** What the server lists now, compared with what is stored. Rejects with what the discovery rejects with. */
export async function compareTools(
  parts: ComparisonParts,
  server: ServerRecord,
  context: CallerContext,
  { signal, onPhase, onOutput }: Pick<DiscoverOptions, 'signal' | 'onOutput'> & { readonly onPhase: OnPhase },
): Promise<Comparison> {
  const { storage, pool, states, meter } = parts
  const target = await targetOf(parts, server, context)
  const discovered = await discover(pool, target, {
    meter,
    timeouts: shortestTimeouts(meter, server.timeouts, context.timeouts),
    signal,
    onPhase,
    onOutput,
    onFailure: (error) => states.afterRequest(server.id, error),
  })
  onPhase('DIFFING', 0, discovered.tools.size)
  const stored = await storage.tools.definitionsOf(server.id)
  const at = Date.now()
  const { tools: listed, connectMs, listMs } = discovered
  const { removedToolsPerServer: keep, removedToolDays } = meter.budgets
  const forgetting = createForgetting(listed, { keep, before: at - removedToolDays * dayMs })
  const { writes, ...compared } = await reconcile(server, forgetting.sift(stored), discovered, at)
  const { replaced, surplus } = forgetting
  return {
    ...compared,
    writes: replaced.length === 0 ? writes : [{ kind: 'forgetTools', toolIds: replaced }, ...writes],
    surplus,
    listed,
    connectMs,
    listMs,
    at,
  }
}

async function targetOf(
  { storage, states, secrets }: ComparisonParts,
  server: ServerRecord,
  context: CallerContext,
): Promise<DialTarget> {
  try {
    return dialTargetOf(storage.tenantId, server, context, secrets)
  } catch (error) {
    await states.afterRequest(server.id, error)
    throw error
  }
}
