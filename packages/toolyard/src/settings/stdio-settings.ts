import { type AutoList, autoList, limit, listOf } from './parse-setting.ts'
import type { ReadSetting } from './read-setting.ts'
import type { Setting } from './setting.ts'
import { type PassEnvPolicy, passedByDefault } from './stdio-env.ts'

/** The policies and limits of stdio servers. */
export interface StdioSettings {
  readonly stdioCommands: readonly string[]
  /** Undefined: it follows `stdioCommands`. */
  readonly stdioAllowEnv: readonly string[] | undefined
  /** Undefined: it follows `stdioCommands`. */
  readonly stdioAllowCwd: readonly string[] | undefined
  readonly stdioPassEnv: PassEnvPolicy
  readonly stdioMemoryBytes: number | undefined
  readonly stdioCpuSeconds: number | undefined
}

export const stdioSettings = {
  stdioCommands: {
    flag: 'stdio',
    variable: 'TOOLYARD_STDIO',
    placeholder: 'commands',
    fallback: '*',
    keyedFallback: 'none',
    description: 'commands that stdio servers may run; none forbids all',
    takes: '*, none, or names and absolute paths with commas between them',
    parse: (text) => (text === 'none' ? [] : listOf(text)),
  } satisfies Setting<readonly string[]>,
  stdioAllowEnv: {
    flag: 'stdio-allow-env',
    variable: 'TOOLYARD_STDIO_ALLOW_ENV',
    placeholder: 'names',
    fallback: 'auto',
    description:
      'environment variables that stdio servers may be given, and never PATH if commands are restricted; auto: * if any command may run, else none',
    takes: 'names with commas between them, COMMAND:NAME for one command, * as a wildcard; none; or auto',
    parse: autoList,
  } satisfies Setting<AutoList>,
  stdioAllowCwd: {
    flag: 'stdio-allow-cwd',
    variable: 'TOOLYARD_STDIO_ALLOW_CWD',
    placeholder: 'folders',
    fallback: 'auto',
    description:
      'folders in and below which stdio servers may run; auto: * if any command may run, else only that of the process',
    takes: 'absolute paths with commas between them; *; none; or auto',
    parse: autoList,
  } satisfies Setting<AutoList>,
  stdioPassEnv: {
    flag: 'stdio-pass-env',
    variable: 'TOOLYARD_STDIO_PASS_ENV',
    placeholder: 'names',
    fallback: 'auto',
    description: `variables of this process that every stdio server gets, never one of TOOLYARD_*; auto: ${passedByDefault.join(', ')}, and with API keys none of them whose value holds credentials`,
    takes: 'names with commas between them, in any case, * as a wildcard; none; or auto',
    parse: autoList,
  } satisfies Setting<AutoList>,
  stdioMemoryBytes: {
    flag: 'stdio-memory-mb',
    variable: 'TOOLYARD_STDIO_MEMORY_MB',
    placeholder: 'number',
    fallback: 'none',
    description: 'memory that each process of a stdio server may take (Linux, by prlimit)',
    takes: 'a whole number of MiB from 1 to 1048576, or none',
    parse: limit(1_048_576, 1024 * 1024),
  } satisfies Setting<{ readonly value: number | undefined }>,
  stdioCpuSeconds: {
    flag: 'stdio-cpu-seconds',
    variable: 'TOOLYARD_STDIO_CPU_SECONDS',
    placeholder: 'number',
    fallback: 'none',
    description: 'CPU time that each process of a stdio server may take in all (Linux, by prlimit)',
    takes: 'a whole number of seconds from 1 to 31536000, or none',
    parse: limit(31_536_000, 1),
  } satisfies Setting<{ readonly value: number | undefined }>,
}

/** `isOpen`: the server asks for no API key. */
export function readStdioSettings(read: ReadSetting, isOpen: boolean): StdioSettings {
  return {
    stdioCommands: read(stdioSettings.stdioCommands),
    stdioAllowEnv: read(stdioSettings.stdioAllowEnv).items,
    stdioAllowCwd: read(stdioSettings.stdioAllowCwd).items,
    stdioPassEnv: { names: read(stdioSettings.stdioPassEnv).items, isOpen },
    stdioMemoryBytes: read(stdioSettings.stdioMemoryBytes).value,
    stdioCpuSeconds: read(stdioSettings.stdioCpuSeconds).value,
  }
}
