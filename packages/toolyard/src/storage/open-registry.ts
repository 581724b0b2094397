import {
  createRegistry,
  isRegistryError,
  type OAuthOptions,
  type Registry,
  type RegistryError,
  type RegistryObserver,
  type StdioOptions,
} from '@toolyard/core'
import type { UsageError } from '../base/command-error.ts'
import { nameOfDatabase } from '../settings/database.ts'
import { type RegistrySettings, unusable } from '../settings/settings.ts'
import { sharedEnv } from '../settings/stdio-env.ts'
import { databaseFault } from './database-fault.ts'
import { proxyFault, proxyOf } from './proxy-env.ts'
import { storageAt } from './storage-at.ts'
import { waitForDatabase } from './wait-for-database.ts'

/** Reads a variable for a secret. toolyard's own variables are never read: one of them is the key of all secrets. */
function readableVariable(env: NodeJS.ProcessEnv, name: string): string | undefined {
  return name.toUpperCase().startsWith('TOOLYARD_') || !Object.hasOwn(env, name) ? undefined : env[name]
}

function stdioOptions(settings: RegistrySettings, env: NodeJS.ProcessEnv): StdioOptions {
  const { stdioCommands, stdioAllowEnv, stdioAllowCwd, stdioPassEnv, stdioMemoryBytes, stdioCpuSeconds } = settings
  return {
    commands: stdioCommands,
    env: sharedEnv(env, stdioPassEnv).passed,
    ...(stdioAllowEnv ? { allowEnv: stdioAllowEnv } : {}),
    ...(stdioAllowCwd ? { allowCwd: stdioAllowCwd } : {}),
    limits: {
      ...(stdioMemoryBytes === undefined ? {} : { memoryBytes: stdioMemoryBytes }),
      ...(stdioCpuSeconds === undefined ? {} : { cpuSeconds: stdioCpuSeconds }),
    },
  }
}

const listSettings = { commands: 'stdioCommands', allowEnv: 'stdioAllowEnv', allowCwd: 'stdioAllowCwd' } as const

/** The error for an option of stdio servers that the registry refused; undefined for other errors. */
function stdioFault(error: RegistryError, settings: RegistrySettings): UsageError | undefined {
  const [group, option] = error.path ?? []
  if (error.code !== 'INVALID_INPUT' || group !== 'stdio') return undefined
  if (option === 'commands' || option === 'allowEnv' || option === 'allowCwd') {
    const setting = listSettings[option]
    return unusable(setting, settings[setting]?.join(',') ?? '', error.message)
  }
  const isMemory = settings.stdioMemoryBytes !== undefined
  const value = isMemory ? (settings.stdioMemoryBytes ?? 0) / 1024 / 1024 : settings.stdioCpuSeconds
  return unusable(isMemory ? 'stdioMemoryBytes' : 'stdioCpuSeconds', String(value), error.message)
}

export interface Opening {
  readonly env: NodeJS.ProcessEnv
  /** Whether all enabled servers are refreshed at once. @default false */
  readonly refreshOnStart?: boolean
  /** Ends the wait for the database. */
  readonly signal: AbortSignal
  /** Receives the first failure to reach the database, if another attempt follows. */
  readonly onWaiting: (database: string, error: Error) => void
  /** What this registry is to authorization servers. @default none of its callers begins an authorization */
  readonly oauth?: OAuthOptions
  /** Whether args and results go into spans. @default false */
  readonly captureContent?: boolean
  /** Observes the registry. @default none */
  readonly observer?: RegistryObserver
  /** Receives errors of background work. */
  readonly onError: (error: unknown) => void
}

/** Opens the registry that the settings name; the caller closes it. Rejects with UsageError and UnreachableError. */
export async function openRegistry(settings: RegistrySettings, opening: Opening): Promise<Registry> {
  const proxy = proxyOf(opening.env)
  const { env, refreshOnStart = false, captureContent = false, observer, oauth, signal, onWaiting, onError } = opening
  const open = () =>
    createRegistry({
      storage: storageAt(settings.database, { poolSize: settings.databasePool }),
      nodeLeaseMs: settings.nodeLeaseMs,
      history: {
        args: settings.recordArgs,
        results: settings.recordResults,
        maxAgeMs: settings.historyMaxAgeMs,
        maxCount: settings.historyMaxCount,
      },
      inputTimeoutMs: settings.inputTimeoutMs,
      selfApproval: settings.selfApproval,
      refreshOnStart,
      budgets: settings.budgets,
      network: settings.network,
      sessions: { bodyIdleMs: settings.bodyIdleMs },
      ...(proxy ? { proxy } : {}),
      stdio: stdioOptions(settings, env),
      ...(settings.secretKey ? { secretKey: settings.secretKey } : {}),
      secretEnv: { names: settings.secretEnv, read: (name) => readableVariable(env, name) },
      telemetry: { captureContent },
      ...(oauth ? { oauth } : {}),
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
    if (isRegistryError(error, 'INVALID_INPUT') && error.path?.[0] === 'oauth') {
      throw unusable('oauthRedirects', oauth?.redirectUris?.join(',') ?? '', error.message)
    }
    const fault =
      isRegistryError(error, 'INVALID_INPUT') &&
      (stdioFault(error, settings) ?? proxyFault(error.path ?? [], error.message, env))
    throw fault || databaseFault(error, settings.database)
  }
}
