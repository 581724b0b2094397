import { createRegistry, isRegistryError, type Registry, type RegistryObserver } from '@toolyard/core'
import { nameOfDatabase } from './database.ts'
import { databaseFault } from './database-fault.ts'
import { type RegistrySettings, unusable } from './settings.ts'
import { storageAt } from './storage-at.ts'
import { waitForDatabase } from './wait-for-database.ts'

/** The settings of this server are for nobody: one of them is the key of all secrets. */
function readableVariable(env: NodeJS.ProcessEnv, name: string): string | undefined {
  return name.toUpperCase().startsWith('TOOLYARD_') || !Object.hasOwn(env, name) ? undefined : env[name]
}

function stdioLimits({ stdioMemoryBytes, stdioCpuSeconds }: RegistrySettings) {
  return {
    ...(stdioMemoryBytes === undefined ? {} : { memoryBytes: stdioMemoryBytes }),
    ...(stdioCpuSeconds === undefined ? {} : { cpuSeconds: stdioCpuSeconds }),
  }
}

export interface Opening {
  readonly env: NodeJS.ProcessEnv
  /** Whether all enabled servers are refreshed at once. @default false */
  readonly refreshOnStart?: boolean
  /** Ends the wait for the database. */
  readonly signal: AbortSignal
  /** Hears of the first failure to reach the database, if another attempt follows. */
  readonly onWaiting: (database: string, error: Error) => void
  /** Whether args and results go into spans. @default false */
  readonly captureContent?: boolean
  /** Hears of what the registry does. @default nobody */
  readonly observer?: RegistryObserver
  /** Hears of faults in work that nobody waits for. */
  readonly onError: (error: unknown) => void
}

/** The registry that the settings name. Whoever opened it closes it. Rejects with UsageError and UnreachableError. */
export async function openRegistry(settings: RegistrySettings, opening: Opening): Promise<Registry> {
  const { env, refreshOnStart = false, captureContent = false, observer, signal, onWaiting, onError } = opening
  const open = () =>
    createRegistry({
      storage: storageAt(settings.database, { poolSize: settings.databasePool }),
      leaseMs: settings.leaseMs,
      history: {
        args: settings.recordArgs,
        results: settings.recordResults,
        maxAgeMs: settings.historyMaxAgeMs,
        maxCount: settings.historyMaxCount,
      },
      refreshOnStart,
      budgets: settings.budgets,
      network: settings.network,
      stdio: { commands: settings.stdioCommands, allowEnv: settings.stdioAllowEnv, limits: stdioLimits(settings) },
      ...(settings.secretKey ? { secretKey: settings.secretKey } : {}),
      secretEnv: { names: settings.secretEnv, read: (name) => readableVariable(env, name) },
      telemetry: { captureContent },
      ...(observer ? { observer } : {}),
      onError,
    })
  const onFirst = (error: Error) => onWaiting(nameOfDatabase(settings.database), error)
  try {
    return await waitForDatabase(open, { waitMs: settings.databaseWaitMs, signal, onFirst })
  } catch (error) {
    if (isRegistryError(error, 'INVALID_INPUT') && error.path?.[0] === 'network') {
      throw unusable('network', settings.network.join(','), error.message)
    }
    if (isRegistryError(error, 'INVALID_INPUT') && error.path?.[1] === 'commands') {
      throw unusable('stdioCommands', settings.stdioCommands.join(','), error.message)
    }
    if (isRegistryError(error, 'INVALID_INPUT') && error.path?.[1] === 'limits') {
      const isMemory = settings.stdioMemoryBytes !== undefined
      const setting = isMemory ? 'stdioMemoryBytes' : 'stdioCpuSeconds'
      const value = isMemory ? (settings.stdioMemoryBytes ?? 0) / 1024 / 1024 : settings.stdioCpuSeconds
      throw unusable(setting, String(value), error.message)
    }
    throw databaseFault(error, settings.database)
  }
}
