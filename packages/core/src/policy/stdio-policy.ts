import { createCommandPolicy } from './command-policy.ts'
import { createCwdPolicy } from './cwd-policy.ts'
import { createEnvPolicy } from './env-policy.ts'

/** What stdio servers may run, with which variables, and in which folders. */
export interface StdioRules {
  /**
   * Commands: `*` all, none of them without an entry. A name is looked for in this process's `PATH`, a path has to be
   * absolute; the file that a server's command comes to has to be one of these. @default ['*']
   */
  readonly commands?: readonly string[]
  /**
   * Environment variables that servers may be given: `NAME`, or `COMMAND:NAME` for one command, with `*` as a wildcard;
   * COMMAND is a name or an absolute path. All others are refused with INVALID_INPUT. Where commands are restricted,
   * `PATH` is refused in any case. @default ['*'] where any command may run, else none
   */
  readonly allowEnv?: readonly string[]
  /**
   * Folders in and below which servers may run (`cwd`), as absolute paths; `*` all. Others are refused with INVALID_INPUT.
   * @default ['*'] where any command may run, else none: they run in the folder of this process
   */
  readonly allowCwd?: readonly string[]
}

/** Where the caller gave the parts of a configuration. */
export interface StdioPaths {
  readonly command?: readonly string[]
  readonly cwd?: readonly string[]
  readonly env?: (name: string) => readonly string[]
}

/** What a server would start. */
interface StdioStart {
  readonly command: string
  readonly cwd: string | null
  readonly env: readonly { readonly name: string }[]
}

/** What stdio servers may run, with which variables, and in which folders. */
export interface StdioPolicy {
  /** Whether any command may be run. */
  readonly isAnyAllowed: boolean
  /** What to start. Throws STDIO_NOT_ALLOWED for the command, INVALID_INPUT for a variable and for the folder. */
  assertStart(start: StdioStart, paths: StdioPaths): string
}

/** Commands are looked for in `searchPath`. Throws INVALID_INPUT. */
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
