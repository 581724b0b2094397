import { invalidInput } from '../errors.ts'
import type { ExportedServer, FoundConfig, FoundServer } from './client-format.ts'
import { type Members, membersOf } from './members.ts'
import { type Variable, type VariableText, writeText } from './variable-text.ts'

type HttpTransport = Exclude<FoundConfig['transport'], 'stdio'>

/** How clients spell the transports; what is not here is no transport that this registry speaks. */
const transports: ReadonlyMap<string, 'stdio' | 'sse' | 'streamableHttp'> = new Map([
  ['stdio', 'stdio'],
  ['local', 'stdio'],
  ['sse', 'sse'],
  ['http', 'streamableHttp'],
  ['streamable-http', 'streamableHttp'],
  ['streamable_http', 'streamableHttp'],
  ['streamableHttp', 'streamableHttp'],
])

export function transportOf(
  members: Members,
  ...keys: readonly string[]
): 'stdio' | 'sse' | 'streamableHttp' | undefined {
  for (const key of keys) {
    const said = members.text(key)
    if (said === undefined) continue
    const transport = transports.get(said)
    if (transport) return transport
    throw invalidInput([...members.path, key], `${key}: expected stdio, sse or http, got another transport`)
  }
  return undefined
}

export interface EntryRules {
  readonly variablesIn: (text: string) => VariableText
  /** The members that may have the URL, the first one first, and what is spoken there unless `type` says otherwise. */
  readonly urls: Readonly<Record<string, HttpTransport>>
}

function stdioConfig(members: Members, variablesIn: EntryRules['variablesIn']): FoundConfig {
  const command = members.text('command')
  if (command === undefined) throw invalidInput([...members.path, 'command'], 'command: expected a command, got none')
  const cwd = members.text('cwd')
  return {
    transport: 'stdio',
    command: variablesIn(command),
    args: members.texts('args').map((text) => ({ value: variablesIn(text) })),
    env: members.pairs('env').map(([name, text]) => ({ name, value: variablesIn(text) })),
    cwd: cwd === undefined ? null : variablesIn(cwd),
  }
}

/**
 * An entry as most clients have it: `command`, `args`, `env`, `cwd`, or a URL with `headers`; `type`, `disabled` or
 * `enabled`, `timeout` (of a request, in ms) and `description`. INVALID_INPUT at the member at fault.
 */
export function readServerEntry(
  value: unknown,
  path: readonly string[],
  { variablesIn, urls }: EntryRules,
): FoundServer {
  const members = membersOf(value, path)
  const said = transportOf(members, 'type', 'transport')
  const urlKey = Object.keys(urls).find((key) => members.has(key))
  const hasCommand = members.has('command')
  if (hasCommand && urlKey !== undefined && said === undefined) {
    throw invalidInput(path, `expected either command or ${urlKey}, got both`)
  }
  const disabled = members.boolean('disabled')
  const shared = {
    description: members.text('description') ?? null,
    enabled: members.boolean('enabled') ?? (disabled === undefined ? undefined : !disabled),
    timeouts: requestTimeout(members),
    names: { serverUrl: urlKey ?? 'url', requestMs: 'timeout' },
  }
  const isStdio = said === 'stdio' || (said === undefined && hasCommand)
  if (isStdio) return { ...shared, config: stdioConfig(members, variablesIn), ignored: members.others() }
  if (urlKey === undefined) {
    throw invalidInput(path, `expected command or ${Object.keys(urls).join(' or ')}, got neither`)
  }
  const config: FoundConfig = {
    transport: said ?? urls[urlKey] ?? 'undetermined',
    serverUrl: variablesIn(members.text(urlKey) ?? ''),
    headers: members.pairs('headers').map(([name, text]) => ({ name, value: variablesIn(text) })),
    auth: null,
  }
  return { ...shared, config, ignored: members.others() }
}

function requestTimeout(members: Members): { requestMs?: number } {
  const requestMs = members.number('timeout')
  return requestMs === undefined ? {} : { requestMs }
}

/** How a secret is written: alone, or behind the scheme that the registry sends it with (RFC 6750 section 2.1). */
export function authValue(header: string, variable: string): string {
  return header.toLowerCase() === 'authorization' ? `Bearer ${variable}` : variable
}

/** The members of an entry as `readServerEntry` reads them, without `type` and without those that the server does not have. */
export function writeServerEntry(
  { config, description, timeouts }: ExportedServer,
  urlKey: string,
  write: (variable: Variable, isEnv: boolean) => string,
): Record<string, unknown> {
  const secret = (name: string, isEnv: boolean) => write({ name, fallback: null }, isEnv)
  const rest = {
    ...(timeouts.requestMs === undefined ? {} : { timeout: timeouts.requestMs }),
    ...(description === null ? {} : { description }),
  }
  if (config.transport === 'stdio') {
    const { command, args, env, cwd } = config
    return {
      command,
      args: args.map((text) => writeText(text, (variable) => write(variable, false))),
      ...(env.length > 0
        ? { env: Object.fromEntries(env.map(({ name, variable, isEnv }) => [name, secret(variable, isEnv)])) }
        : {}),
      ...(cwd === null ? {} : { cwd }),
      ...rest,
    }
  }
  const { serverUrl, headers, auth } = config
  const pairs = headers.map(({ name, variable, isEnv }) => [name, secret(variable, isEnv)] as const)
  if (auth) pairs.push([auth.name, authValue(auth.name, secret(auth.variable, auth.isEnv))])
  return { [urlKey]: serverUrl, ...(pairs.length > 0 ? { headers: Object.fromEntries(pairs) } : {}), ...rest }
}

export function toJsonText(document: unknown): string {
  return `${JSON.stringify(document, null, 2)}\n`
}

/** `${NAME}`, or `${NAME:-default}`. */
export function writeDollarBraces({ name, fallback }: Variable): string {
  return fallback === null ? `\${${name}}` : `\${${name}:-${fallback}}`
}
