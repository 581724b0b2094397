import { CommandError, UsageError } from '../base/command-error.ts'
import { reader } from '../settings/read-setting.ts'
import { readSettings, type Settings, settings as settingsOfServe, variables } from '../settings/settings.ts'
import { openRegistry } from '../storage/open-registry.ts'
import { type Check, finding, fine } from './check.ts'

export interface CheckedSettings {
  readonly checks: readonly Check[]
  /** Undefined where one of them is of no use. */
  readonly settings: Settings | undefined
}

const broken = (variable: string, problem: string) => finding('SETTING_INVALID', 'SETTINGS', variable, problem)

/** What is wrong with each of the variables by itself: reading all of them at once ends with the first. */
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

/** Some are understood only by a registry: it is opened with them, in memory, and closed. */
async function tryOut(settings: Settings, env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<void> {
  const inMemory: Settings = {
    ...settings,
    database: { kind: 'SQLITE', path: ':memory:' },
    // What sets them may be missing, which is a finding of its own.
    stdioMemoryBytes: undefined,
    stdioCpuSeconds: undefined,
  }
  const ignore = () => undefined
  const registry = await openRegistry(inMemory, { env, signal, onWaiting: ignore, onError: ignore })
  await registry.close()
}

/** The settings as `toolyard serve` would read them here, each with its fault. */
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
    // Of several that do not go together, or a flag.
    if (!(error instanceof CommandError)) throw error
    return { checks: [broken('settings', error.message)], settings: undefined }
  }
}
