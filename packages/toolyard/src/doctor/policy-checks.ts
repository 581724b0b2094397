import { basename } from 'node:path'
import { executableOf } from '@toolyard/core'
import type { Settings } from '../settings/settings.ts'
import { sharedEnv } from '../settings/stdio-env.ts'
import { setVariable, shownProxy } from '../storage/proxy-env.ts'
import { checkApiKeys } from './api-key-checks.ts'
import { type Check, finding, fine } from './check.ts'
import type { FindingCode } from './findings.ts'

const area = 'POLICIES'
const inWords = (list: readonly string[], all: string, none: string) =>
  list.includes('*') ? all : list.length === 0 ? none : list.join(', ')

type OpenPolicy = Extract<FindingCode, 'ANY_COMMAND_ALLOWED' | 'ANY_ADDRESS_ALLOWED' | 'ANY_VARIABLE_READABLE'>

/** A policy that allows everything is safe only if the server serves this machine alone. */
function checkPolicy(
  list: readonly string[],
  hasKeys: boolean,
  code: OpenPolicy,
  subject: string,
  words: string,
): Check {
  return list.includes('*') && hasKeys
    ? finding(code, area, subject, `${words}, with any key that has the scope write`)
    : fine(area, subject, words)
}

function checkCommands({ stdioCommands }: Settings, path: string): readonly Check[] {
  return stdioCommands
    .filter((command) => command !== '*' && executableOf(command, path, null) === undefined)
    .map((command) => {
      const message = `${command} is allowed, and not found in PATH`
      return finding('ALLOWED_COMMAND_MISSING', area, 'TOOLYARD_STDIO', message, { command })
    })
}

/** Programs that run code named by their args, their input or a registry of packages. */
const interpreters =
  /^(?:npx|npm|pnpm|pnpx|yarn|bunx?|deno|node|tsx|ts-node|uvx?|pipx?|python[\d.]*|ruby|perl|php|java|dotnet|go|cargo|docker|podman|kubectl|ssh|sudo|env|xargs|nice|nohup|timeout|busybox|make|git|find|awk|sed|vim?|(?:ba|da|z|k|fi|c|tc|pw)?sh|powershell|cmd)(?:\.exe|\.cmd|\.bat)?$/i

function checkInterpreters({ stdioCommands }: Settings, hasKeys: boolean): readonly Check[] {
  const found = hasKeys ? stdioCommands.filter((command) => interpreters.test(basename(command))) : []
  return found.map((command) => {
    const message = `${command} runs whatever its args name: any key with the scope write can run any code with it`
    return finding('ANY_CODE_ALLOWED', area, 'TOOLYARD_STDIO', message)
  })
}

/** The policy in force: one that is not set follows the commands. */
function effective(list: readonly string[] | undefined, { stdioCommands }: Settings): readonly string[] {
  return list ?? (stdioCommands.includes('*') ? ['*'] : [])
}

function checkLimits({ stdioMemoryBytes, stdioCpuSeconds }: Settings, path: string): readonly Check[] {
  const isLimited = stdioMemoryBytes !== undefined || stdioCpuSeconds !== undefined
  if (!isLimited) return []
  const prlimit = executableOf('prlimit', path, null)
  return [
    prlimit === undefined
      ? finding('PRLIMIT_MISSING', area, 'prlimit', 'limits of stdio servers are set, and prlimit is not in PATH')
      : fine(area, 'prlimit', `${prlimit} sets the limits of stdio servers`),
  ]
}

/** Returns nothing if no command may run. */
function checkStdio(settings: Settings, env: NodeJS.ProcessEnv): readonly Check[] {
  if (settings.stdioCommands.length === 0) return []
  const variables = inWords(
    effective(settings.stdioAllowEnv, settings),
    'any environment variable may be set for a command',
    'no environment variable may be set for a command',
  )
  const folders = inWords(
    effective(settings.stdioAllowCwd, settings),
    'a command may run in any folder',
    'a command may run in the folder of this process alone',
  )
  return [
    fine(area, 'TOOLYARD_STDIO_ALLOW_ENV', variables),
    fine(area, 'TOOLYARD_STDIO_ALLOW_CWD', folders),
    ...checkPassed(settings, env),
  ]
}

/** Checks for variables of this environment that commands may lack, such as the proxy that `npx` needs. */
function checkPassed({ stdioPassEnv }: Settings, env: NodeJS.ProcessEnv): readonly Check[] {
  const { passed, withheld } = sharedEnv(env, stdioPassEnv)
  const names = Object.keys(passed)
  const words =
    names.length > 0 ? `stdio servers get ${names.join(', ')}` : 'stdio servers get no variable of this process'
  return [
    fine(area, 'TOOLYARD_STDIO_PASS_ENV', words),
    ...withheld.map((name) =>
      finding('VARIABLE_NOT_PASSED', area, name, `${name} is set here, and stdio servers do not get it`),
    ),
  ]
}

/** The proxies of this environment, without their passwords. */
function checkProxies(env: NodeJS.ProcessEnv): readonly Check[] {
  const said = (option: 'httpProxy' | 'httpsProxy', what: string) => {
    const name = setVariable(env, option)
    return name === undefined ? [] : [fine(area, name, `${what} are reached through ${shownProxy(env[name] ?? '')}`)]
  }
  const isHttpAlone = setVariable(env, 'httpsProxy') === undefined
  return [...said('httpProxy', isHttpAlone ? 'HTTP servers' : 'http: servers'), ...said('httpsProxy', 'https: servers')]
}

/** Checks what servers may do under `toolyard serve` with this environment. */
export async function checkPolicies(
  settings: Settings,
  env: NodeJS.ProcessEnv,
  now: number,
): Promise<readonly Check[]> {
  // The PATH in which commands are found.
  const path = env.PATH ?? ''
  const { stdioCommands, network, secretEnv, apiKeysPath } = settings
  const hasKeys = apiKeysPath !== undefined
  const commands = inWords(stdioCommands, 'any command may be run', 'no command may be run')
  const addresses = inWords(network, 'any address may be reached', 'no address may be reached')
  const variables = inWords(secretEnv, 'any variable may be read for a secret', 'no variable may be read for a secret')
  return [
    checkPolicy(stdioCommands, hasKeys, 'ANY_COMMAND_ALLOWED', 'TOOLYARD_STDIO', commands),
    ...checkCommands(settings, path),
    ...checkInterpreters(settings, hasKeys),
    ...checkStdio(settings, env),
    ...checkLimits(settings, path),
    checkPolicy(network, hasKeys, 'ANY_ADDRESS_ALLOWED', 'TOOLYARD_NETWORK', addresses),
    ...checkProxies(env),
    checkPolicy(secretEnv, hasKeys, 'ANY_VARIABLE_READABLE', 'TOOLYARD_SECRET_ENV', variables),
    ...(await checkApiKeys(apiKeysPath, now)),
  ]
}
