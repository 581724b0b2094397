import { createCommandPolicy } from './command-policy.ts'
import { createCwdPolicy } from './cwd-policy.ts'
import { createEnvPolicy } from './env-policy.ts'

/** Rules for the commands, variables and folders of stdio servers. */
export interface StdioRules {
  /**
   * Commands that servers may run; `*` for all, and an empty list for none. A name is looked up in this process's
   * `PATH`, a path has to be absolute. A server's command has to resolve to the file of an entry. @default ['*']
   */
  readonly commands?: readonly string[]
  /**
   * Environment variables that servers may be given: `NAME`, or `COMMAND:NAME` for one command, with `*` as a wildcard;
   * COMMAND is a name or an absolute path. Other variables are refused with INVALID_INPUT. If commands are restricted,
   * `PATH` is always refused. @default ['*'] if any command may run, otherwise none
   */
  readonly allowEnv?: readonly string[]
  /**
   * Folders in and below which servers may run (`cwd`), as absolute paths; `*` for all. Other folders are refused with
   * INVALID_INPUT. @default ['*'] if any command may run, otherwise none: servers run in the folder of this process
   */
  readonly allowCwd?: readonly string[]
}

/** Paths of the parts of a configuration in the caller's input. */
export interface StdioPaths {
  readonly command?: readonly string[]
  readonly cwd?: readonly string[]
  readonly env?: (name: string) => readonly string[]
}

/** The part of a configuration that decides what is started. */
interface StdioStart {
  readonly command: string
  readonly cwd: string | null
  readonly env: readonly { readonly name: string }[]
}

/** The commands, variables and folders that stdio servers may have. */
export interface StdioPolicy {
  /** Whether any command may be run. */
  readonly isAnyAllowed: boolean
  /**
   * Returns the file to start.
   * @throws STDIO_NOT_ALLOWED for the command, INVALID_INPUT for a variable or the folder.
   */
  assertStart(start: StdioStart, paths: StdioPaths): string
}

/**
 * Creates the policy; commands are looked up in `searchPath`.
 * @throws INVALID_INPUT
 */
export function createStdioPolicy(
  { commands, allowEnv, allowCwd }: Required<StdioRules>,
  searchPath: string,
): StdioPolicy {
  const commandPolicy = createCommandPolicy(commands, searchPath)
  const envPolicy = createEnvPolicy(allowEnv, !commandPolicy.isOpen)
  const cwdPolicy = createCwdPolicy(allowCwd)
  return {
    isAnyAllowed: commandPolicy.isAnyAllowed,
    assertStart({ command, cwd, env }, paths) {
      const file = commandPolicy.assertCommand({ command, cwd }, paths.command)
      const names = env.map(({ name }) => name)
      envPolicy.assertEnv(names, { command, file }, (name) => paths.env?.(name))
      cwdPolicy.assertCwd(cwd, paths.cwd)
      return file
    },
  }
}
