import { Agent } from 'undici'
import { RegistryError } from './errors.ts'
import { createEventBus } from './events/bus.ts'
import { followServers } from './events/server-feed.ts'
import { createAutomaticRefreshes } from './jobs/automatic-refreshes.ts'
import { createRefreshes } from './jobs/refreshes.ts'
import { createRunningJobs } from './jobs/running-jobs.ts'
import { createRuns } from './jobs/runs.ts'
import { settleInterrupted } from './jobs/settle-interrupted.ts'
import { type RegistryOptions, resolveOptions, version } from './options.ts'
import type { Registry } from './registry.ts'
import { createServerStates } from './servers/server-states.ts'
import { createServers } from './servers/servers.ts'
import { startHealthCheck } from './sessions/health-check.ts'
import { createSessionPool } from './sessions/pool.ts'
import { supportedProtocolVersions } from './sessions/protocol-versions.ts'
import { createChildLedger } from './sessions/stdio/child-ledger.ts'
import { createToolViews } from './tools/tool-views.ts'
import { createTools } from './tools/tools.ts'

/** How long undici goes on with a connection that nobody waits for any more; those who wait have deadlines of their own. */
const abandonedConnectMs = 120_000

/**
 * Opens a registry of MCP servers. What it starts (connections, children, timers, the storage) ends with `close()`,
 * or at the end of the block with `await using`.
 *
 * Rejects with INVALID_INPUT for an option out of range, STORAGE_INVALID and STORAGE_TOO_NEW.
 */
export async function createRegistry(options: RegistryOptions = {}): Promise<Registry> {
  const resolved = resolveOptions(options)
  const { eventRetention, onError } = resolved
  const storage = await resolved.storage.open()
  try {
    await settleInterrupted(storage)
  } catch (error) {
    await storage.close()
    throw error
  }
  const bus = createEventBus()
  const jobs = createRunningJobs(onError)
  const states = createServerStates(storage, bus, eventRetention)
  const { idleMs, max, requestsPerServer, maxMessageBytes, idleBytesMs, healthCheckMs } = resolved.sessions
  const ledger = createChildLedger(storage, onError)
  const dispatcher = new Agent({ connect: { timeout: abandonedConnectMs } })
  let protocolFaults = 0
  const pool = createSessionPool({
    idleMs,
    max,
    requestsPerServer,
    environment: {
      clientInfo: resolved.clientInfo,
      limits: { maxMessageBytes, idleBytesMs },
      dispatcher,
      ledger,
      onProtocolFault() {
        protocolFaults += 1
      },
    },
    onDial: (serverId, event) => states.afterDial(serverId, event),
    onLost: (serverId, error) => void states.afterRequest(serverId, error).catch(onError),
    onToolsChanged: (target) => automatic.toolsChanged(target),
  })
  const views = createToolViews(storage, resolved.returnCharLimit)
  const refreshes = createRefreshes({ storage, bus, pool, states, jobs, views, options: resolved })
  const automatic = createAutomaticRefreshes({ storage, refreshes, onError })
  const runs = createRuns({ storage, bus, states, jobs, onError })
  const stopHealthCheck =
    healthCheckMs === undefined
      ? undefined
      : startHealthCheck({
          pool,
          everyMs: healthCheckMs,
          requestMs: resolved.timeouts.requestMs,
          onChecked: (serverId, error) => states.afterPing(serverId, error),
          onError,
        })
  const reaping = ledger.reap().catch(onError)
  let closing: Promise<void> | undefined
  await automatic.scheduleStored()

  async function close(graceMs: number): Promise<void> {
    automatic.close()
    await jobs.close(graceMs)
    await stopHealthCheck?.()
    // After the jobs, so that their last events reach those who follow them; before the storage, which they read.
    bus.close()
    await pool.close()
    await dispatcher.close()
    await reaping
    await states.inTurn(async () => undefined)
    await storage.close()
  }

  const registry: Registry = {
    servers: createServers({ storage, bus, pool, states, refreshes, automatic, options: resolved }),
    tools: createTools({ storage, pool, runs, views, options: resolved }),
    refreshes,
    runs,
    events(eventsOptions = {}) {
      if (closing) throw new RegistryError('CLOSED', 'The registry is closed')
      return followServers(storage, bus, eventsOptions)
    },
    stats: () => ({
      version,
      supportedProtocolVersions,
      eventRetention,
      sessions: pool.size,
      sessionsOpened: pool.opened,
      protocolFaults,
      runningJobs: jobs.size,
      eventSubscribers: bus.subscribers,
    }),
    close({ graceMs = 0 } = {}) {
      closing ??= close(graceMs)
      return closing
    },
    [Symbol.asyncDispose]: () => registry.close(),
  }
  return registry
}
