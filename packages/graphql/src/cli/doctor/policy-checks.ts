import { executableOf } from '@toolyard/core'
import type { Settings } from '../settings.ts'
import { checkApiKeys } from './api-key-checks.ts'
import { type Check, finding, fine } from './check.ts'
import type { FindingCode } from './findings.ts'

const area = 'POLICIES'
const inWords = (list: readonly string[], all: string, none: string) =>
  list.includes('*') ? all : list.length === 0 ? none : list.join(', ')

type OpenPolicy = Extract<FindingCode, 'ANY_COMMAND_ALLOWED' | 'ANY_ADDRESS_ALLOWED' | 'ANY_VARIABLE_READABLE'>

/** A policy that lets everything be is right only where nobody but this machine is served. */
function checkPolicy(
  list: readonly string[],
  hasKeys: boolean,
  code: OpenPolicy,
  subject: string,
  words: string,
): Check {
  return list.includes('*') && hasKeys
    ? finding(code, area, subject, `${words}, for everybody who has a key that may write`)
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

/** What servers may do here, as `toolyard serve` would have it. `path`: where commands are looked for. */
export async function checkPolicies(settings: Settings, path: string, now: number): Promise<readonly Check[]> {
  const { stdioCommands, network, secretEnv, apiKeysPath } = settings
  const hasKeys = apiKeysPath !== undefined
  const commands = inWords(stdioCommands, 'any command may be run', 'no command may be run')
  const addresses = inWords(network, 'any address may be reached', 'no address may be reached')
  const variables = inWords(secretEnv, 'any variable may be read for a secret', 'no variable may be read for a secret')
  return [
    checkPolicy(stdioCommands, hasKeys, 'ANY_COMMAND_ALLOWED', 'TOOLYARD_STDIO', commands),
    ...checkCommands(settings, path),
    ...checkLimits(settings, path),
    checkPolicy(network, hasKeys, 'ANY_ADDRESS_ALLOWED', 'TOOLYARD_NETWORK', addresses),
    checkPolicy(secretEnv, hasKeys, 'ANY_VARIABLE_READABLE', 'TOOLYARD_SECRET_ENV', variables),
    ...(await checkApiKeys(apiKeysPath, now)),
  ]
}
