import { invalidInput } from '../errors.ts'
import type { SecretPair } from './server.ts'

/** Variables that make loaders, shells and interpreters run code of somebody's choice before the command's own. */
const unsafe =
  /^(?:NODE_OPTIONS|NODE_REPL_EXTERNAL_MODULE|BUN_OPTIONS|DENO_V8_FLAGS|LD_.*|DYLD_.*|GLIBC_TUNABLES|BASH_ENV|BASH_FUNC_.*|ZDOTDIR|PROMPT_COMMAND|SHELLOPTS|BASHOPTS|PS4|IFS|PYTHONSTARTUP|PYTHONHOME|PYTHONINSPECT|PYTHONBREAKPOINT|PERL5OPT|PERL5DB|RUBYOPT|JAVA_TOOL_OPTIONS|_JAVA_OPTIONS|JDK_JAVA_OPTIONS|DOTNET_STARTUP_HOOKS|COR_PROFILER.*|CORECLR_PROFILER.*|PHPRC|PHP_INI_SCAN_DIR|LUA_INIT.*|ERL_.*FLAGS|GCONV_PATH|GIT_SSH|GIT_SSH_COMMAND|GIT_EXEC_PATH|GIT_CONFIG_.*)$/i

function matches(name: string, allowed: string): boolean {
  return allowed.endsWith('*') ? name.startsWith(allowed.slice(0, -1)) : name === allowed
}

/** Whether a child may be given the variable: those that are unsafe only where `allowEnv` names them, `*` at its end as a wildcard. */
export function isEnvAllowed(name: string, allowEnv: readonly string[]): boolean {
  return !unsafe.test(name) || allowEnv.some((allowed) => matches(name, allowed))
}

/** INVALID_INPUT for a variable that may not be given, with what `pathOf` makes of its name. */
export function assertEnvAllowed(
  env: readonly Pick<SecretPair, 'name'>[],
  allowEnv: readonly string[],
  pathOf: (name: string) => readonly string[],
): void {
  const refused = env.find(({ name }) => !isEnvAllowed(name, allowEnv))
  if (!refused) return
  const message = `The environment variable ${refused.name} makes other code run in the child: expected one that does not, or one that stdio.allowEnv names`
  throw invalidInput(pathOf(refused.name), message)
}
