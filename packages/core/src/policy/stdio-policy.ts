import type { StdioConfig } from '../model/server.ts'
import type { StdioOptions } from '../registry/options.ts'
import { createCommandPolicy } from './command-policy.ts'
import { createCwdPolicy } from './cwd-policy.ts'
import { createEnvPolicy } from './env-policy.ts'

/** Where the caller gave the parts of a configuration. */
export interface StdioPaths {
  readonly command?: readonly string[]
  readonly cwd?: readonly string[]
  readonly env?: (name: string) => readonly string[]
}

interface StdioStart extends Pick<StdioConfig, 'command' | 'cwd'> {
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
  { commands, allowEnv, allowCwd }: Required<Pick<StdioOptions, 'commands' | 'allowEnv' | 'allowCwd'>>,
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
