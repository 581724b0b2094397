import type { TenantId } from '../base/ids.ts'
import type { BudgetMeter } from '../budgets/budget-meter.ts'
import { createTurns } from '../budgets/turns.ts'
import type { Connections } from '../policy/connections.ts'
import type { StdioPolicy } from '../policy/stdio-policy.ts'
import type { DialEnvironment } from '../sessions/connection.ts'
import type { DialTarget } from '../sessions/dial-target.ts'
import { KnownPages } from '../sessions/known-pages.ts'
import { createTenantAllowances, readingSteps } from '../sessions/limits.ts'
import { createSessionPool, type SessionPool } from '../sessions/pool.ts'
import type { ChildProcessStore } from '../sessions/stdio/child-process-store.ts'
import type { LimitCommand } from '../sessions/stdio/limited-command.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import type { ResolvedOptions } from './options.ts'
import type { TenantGrounds } from './tenant-ground.ts'

export interface PoolDeps {
  readonly options: ResolvedOptions
  readonly grounds: TenantGrounds
  readonly meter: BudgetMeter
  readonly share: () => number
  readonly connections: Connections
  readonly authorizerOf: DialEnvironment['authorizerOf']
  readonly children: ChildProcessStore
  readonly stdio: StdioPolicy
  readonly limitCommand: LimitCommand
  /** Aborts when the closing registry cancels its jobs. */
  readonly closing: AbortSignal
  readonly onProtocolFault: () => void
  readonly telemetry: Telemetry
}

/** The sessions of all tenants, which report what they learn of their servers to the tenants' status stores. */
export function openPool(deps: PoolDeps): SessionPool {
  const { options, grounds, meter, share, connections, children, telemetry } = deps
  const { idleMs, bodyIdleMs } = options.sessions
  const statusesOf = ({ tenantId }: DialTarget) => grounds.of(tenantId).statuses
  return createSessionPool({
    idleMs,
    share,
    environment: {
      clientInfo: options.clientInfo,
      meter,
      bodyIdleMs,
      readingSteps: readingSteps(meter.budgets, (max) => createTurns<TenantId>({ max, share })),
      pages: new KnownPages(),
      openConnections: connections.open,
      authorizerOf: deps.authorizerOf,
      unaskedOf: createTenantAllowances(meter.budgets.unaskedPerSecond),
      children,
      stdio: deps.stdio,
      stdioEnv: options.stdio.env,
      limitCommand: deps.limitCommand,
      closing: deps.closing,
      onProtocolFault: deps.onProtocolFault,
      telemetry,
    },
    onDial: (target, event) => statusesOf(target).afterDial(target.serverId, event),
    onLost: (target, error) => void statusesOf(target).afterRequest(target.serverId, error).catch(options.onError),
  })
}
