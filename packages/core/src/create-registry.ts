import { Agent } from 'undici'
import { isRegistryError, RegistryError } from './errors.ts'
import { createEventBus } from './events/bus.ts'
import { watchForeignWrites } from './events/foreign-news.ts'
import { followServers } from './events/server-feed.ts'
import { createAutomaticRefreshes } from './jobs/automatic-refreshes.ts'
import { startHousekeeping } from './jobs/housekeeping.ts'
import { enterOwners, type Owners } from './jobs/owners.ts'
import { createRefreshes } from './jobs/refreshes.ts'
import { createRunningJobs } from './jobs/running-jobs.ts'
import { createRuns } from './jobs/runs.ts'
import { settleDials, settleInterrupted } from './jobs/settle-interrupted.ts'
import { createConnector } from './network/connector.ts'
import { type RegistryOptions, type ResolvedOptions, resolveOptions, version } from './options.ts'
import type { Registry } from './registry.ts'
import { enterSecrets } from './secrets/enter-secrets.ts'
import { openDefaultKeyRing } from './secrets/open-key-ring.ts'
import { createServerSecrets, type ServerSecrets } from './secrets/server-secrets.ts'
import { createCommandPolicy } from './servers/command-policy.ts'
import { createServerStates } from './servers/server-states.ts'
import { createServers } from './servers/servers.ts'
import { startHealthCheck } from './sessions/health-check.ts'
import { createSessionPool } from './sessions/pool.ts'
import { supportedProtocolVersions } from './sessions/protocol-versions.ts'
import { createChildLedger } from './sessions/stdio/child-ledger.ts'
import { childEnvironment } from './sessions/stdio/environment.ts'
import { createCommandLimits } from './sessions/stdio/limited-command.ts'
import type { Storage } from './storage/storage.ts'
import { createToolViews } from './tools/tool-views.ts'
import { createTools } from './tools/tools.ts'

/** How long undici goes on with a connection that nobody waits for any more; those who wait have deadlines of their own. */
const abandonedConnectMs = 120_000

/** The tenant whose servers these are. */
const tenantId = 'default'

interface Entered {
  readonly owners: Owners
  readonly secrets: ServerSecrets
}

/** Has every secret sealed before anything else, and takes over what processes that are gone left in the storage. */
async function enter(storage: Storage, options: ResolvedOptions): Promise<Entered> {
  const { secretKey, secretEnv, secretProvider, onError, eventRetention } = options
  try {
    const keyRing = await openDefaultKeyRing(storage, options.storage, secretKey, onError)
    const secrets = createServerSecrets(keyRing, { env: secretEnv, provider: secretProvider, onError }, tenantId)
    await enterSecrets(storage, secrets, eventRetention)
    // What it cannot remove now, the next start does.
    await storage.eraseClearText().catch(onError)
    const owners = await enterOwners(storage)
    await settleInterrupted(storage, owners)
    await settleDials(storage, owners)
    return { owners, secrets }
  } catch (error) {
    await storage.close()
    throw error
  }
}

/**
 * Opens a registry of MCP servers. What it starts (connections, children, timers, the storage) ends with `close()`,
 * or at the end of the block with `await using`.
 *
 * Rejects with INVALID_INPUT for an option out of range, STORAGE_INVALID, STORAGE_TOO_NEW and STORAGE_UNAVAILABLE.
 */
export async function createRegistry(options: RegistryOptions = {}): Promise<Registry> {
  const resolved = resolveOptions(options)
  const { eventRetention, history, idempotencyKeyMs, onError } = resolved
  const commands = createCommandPolicy(resolved.stdio.commands, childEnvironment().PATH ?? '')
  const limitCommand = createCommandLimits(resolved.stdio.limits, childEnvironment().PATH ?? '')
  const storage = await resolved.storage.open()
  const { owners, secrets } = await enter(storage, resolved)
  const bus = createEventBus()
  const stopWatching = watchForeignWrites(storage, bus, onError)
  const jobs = createRunningJobs(onError)
  const states = createServerStates(storage, bus, eventRetention)
  const { idleMs, max, requestsPerServer, maxMessageBytes, idleBytesMs, healthCheckMs } = resolved.sessions
  const ledger = createChildLedger(storage, onError)
  const dispatcher = new Agent({ connect: createConnector(resolved.network, abandonedConnectMs) })
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
      commands,
      allowEnv: resolved.stdio.allowEnv,
      limitCommand,
      onProtocolFault() {
        protocolFaults += 1
      },
    },
    onDial: (serverId, event) => states.afterDial(serverId, event),
    onLost: (serverId, error) => void states.afterRequest(serverId, error).catch(onError),
    onToolsChanged: (target) => automatic.toolsChanged(target),
  })
  const views = createToolViews(storage, {
    returnCharLimit: resolved.returnCharLimit,
    recordArgs: resolved.history.args,
    recordResults: resolved.history.results,
  })
  const { self: ownerId } = owners
  const refreshes = createRefreshes({ storage, bus, pool, states, jobs, ownerId, views, secrets, options: resolved })
  const automatic = createAutomaticRefreshes({ storage, refreshes, onError })
  const runs = createRuns({ storage, bus, states, jobs, ownerId, idempotencyKeyMs, onError })
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
  const stopHousekeeping = startHousekeeping({ storage, bus, owners, history, idempotencyKeyMs, onError })
  const reaping = ledger.reap().catch(onError)
  let closing: Promise<void> | undefined
  await automatic.scheduleStored()

  async function close(graceMs: number): Promise<void> {
    automatic.close()
    await jobs.close(graceMs)
    await starting
    await stopHealthCheck?.()
    await stopHousekeeping()
    // After the jobs, so that their last events reach those who follow them; before the storage, which they read.
    stopWatching()
    bus.close()
    await pool.close()
    await dispatcher.close()
    await reaping
    await states.inTurn(async () => undefined)
    try {
      await owners.leave()
    } finally {
      await storage.close()
    }
  }

  const servers = createServers({
    storage,
    bus,
    pool,
    states,
    refreshes,
    automatic,
    commands,
    secrets,
    options: resolved,
  })
  // The jobs are looked up like any other; a registry that is closed meanwhile takes no more of them.
  const starting = resolved.refreshOnStart ? servers.refreshAll().then(() => undefined, reportUnlessClosed) : undefined
  function reportUnlessClosed(error: unknown): void {
    if (!isRegistryError(error, 'CLOSED')) onError(error)
  }

  const registry: Registry = {
    servers,
    tools: createTools({ storage, pool, runs, views, secrets, options: resolved }),
    refreshes,
    runs,
    events(eventsOptions = {}) {
      if (closing) throw new RegistryError('CLOSED', 'The registry is closed')
      return followServers(storage, bus, eventsOptions)
    },
    tenant(name) {
      if (name === 'default') return registry
      throw new RegistryError('INVALID_INPUT', 'name: expected default, got another tenant')
    },
    stats: () => ({
      version,
      supportedProtocolVersions,
      eventRetention,
      stdioAllowed: commands.isAnyAllowed,
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
