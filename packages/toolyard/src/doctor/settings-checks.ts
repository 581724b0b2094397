import { CommandError, UsageError } from '../base/command-error.ts'
import { reader } from '../settings/read-setting.ts'
import { readSettings, type Settings, settings as settingsOfServe, variables } from '../settings/settings.ts'
import { openRegistry } from '../storage/open-registry.ts'
import { type Check, finding, fine } from './check.ts'

export interface CheckedSettings {
  readonly checks: readonly Check[]
  /** Undefined if one of them is invalid. */
  readonly settings: Settings | undefined
}

const broken = (variable: string, problem: string) => finding('SETTING_INVALID', 'SETTINGS', variable, problem)

/** Checks each variable by itself: reading all at once would stop at the first fault. */
function checkVariables(env: NodeJS.ProcessEnv): readonly Check[] {
  const read = reader({}, env, !env.TOOLYARD_API_KEYS)
  return settingsOfServe.flatMap((setting) => {
    try {
      read(setting)
      return []
    } catch (error) {
      if (error instanceof UsageError) return broken(setting.variable, error.message)
      throw error
    }
  })
}

/** Opens a registry in memory with the settings, as only a registry understands some of them. */
async function tryOut(settings: Settings, env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<void> {
  const inMemory: Settings = {
    ...settings,
    database: { kind: 'SQLITE', path: ':memory:' },
    // A missing prlimit is a finding of its own.
    stdioMemoryBytes: undefined,
    stdioCpuSeconds: undefined,
  }
  const ignore = () => undefined
  const registry = await openRegistry(inMemory, { env, signal, onWaiting: ignore, onError: ignore })
  await registry.close()
}

/** Checks the settings as `toolyard serve` would read them here. */
export async function checkSettings(
  flags: Readonly<Record<string, string>>,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<CheckedSettings> {
  // A flag takes the place of the variable.
  const faults = checkVariables('databaseUrl' in flags ? { ...env, TOOLYARD_DATABASE_URL: '' } : env)
  if (faults.length > 0) return { checks: faults, settings: undefined }
  try {
    const settings = readSettings(flags, env)
    await tryOut(settings, env, signal)
    const given = variables.filter((name) => env[name])
    const names = given.length > 0 ? `understood: ${given.join(', ')}` : 'none is set: the defaults are in force'
    return { checks: [fine('SETTINGS', 'variables', names)], settings }
  } catch (error) {
    // Settings that do not go together, or a flag.
    if (!(error instanceof CommandError)) throw error
    return { checks: [broken('settings', error.message)], settings: undefined }
  }
}
