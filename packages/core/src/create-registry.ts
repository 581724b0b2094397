import { RegistryError } from './errors.ts'
import { createEventBus } from './events/bus.ts'
import { followServers } from './events/server-feed.ts'
import { createRefreshes } from './jobs/refreshes.ts'
import { createRunningJobs } from './jobs/running-jobs.ts'
import { createRuns } from './jobs/runs.ts'
import { settleInterrupted } from './jobs/settle-interrupted.ts'
import { type RegistryOptions, resolveOptions, version } from './options.ts'
import type { Registry } from './registry.ts'
import { createServerStates } from './servers/server-states.ts'
import { createServers } from './servers/servers.ts'
import { createSessionPool } from './sessions/pool.ts'
import { supportedProtocolVersions } from './sessions/protocol-versions.ts'
import { createToolViews } from './tools/tool-views.ts'
import { createTools } from './tools/tools.ts'

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
  const pool = createSessionPool({
    idleMs: resolved.sessionIdleMs,
    clientInfo: resolved.clientInfo,
    onDial: (serverId, event) => states.afterDial(serverId, event),
  })
  const views = createToolViews(storage, resolved.returnCharLimit)
  const refreshes = createRefreshes({ storage, bus, pool, states, jobs, views, options: resolved })
  const runs = createRuns({ storage, bus, states, jobs, onError })
  let closing: Promise<void> | undefined

  async function close(graceMs: number): Promise<void> {
    await jobs.close(graceMs)
    // After the jobs, so that their last events reach those who follow them; before the storage, which they read.
    bus.close()
    await pool.close()
    await storage.close()
  }

  const registry: Registry = {
    servers: createServers({ storage, bus, pool, states, refreshes, options: resolved }),
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
