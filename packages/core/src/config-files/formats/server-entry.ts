import { invalidInput } from '../../base/errors.ts'
import type { ExportedServer, FoundConfig, FoundServer } from './client-format.ts'
import { type Members, membersOf } from './members.ts'
import { type Variable, type VariableText, writeText } from './variable-text.ts'

type HttpTransport = Exclude<FoundConfig['transport'], 'stdio'>

/** How clients spell the transports, letters alone; what is not here is no transport that this registry speaks. */
const transports: ReadonlyMap<string, FoundConfig['transport']> = new Map([
  ['stdio', 'stdio'],
  ['local', 'stdio'],
  ['command', 'stdio'],
  ['sse', 'sse'],
  ['http', 'streamableHttp'],
  ['https', 'streamableHttp'],
  ['httpstream', 'streamableHttp'],
  ['streamable', 'streamableHttp'],
  ['streamablehttp', 'streamableHttp'],
  // A URL, and not what is spoken there.
  ['remote', 'undetermined'],
  ['url', 'undetermined'],
])

const lettersOf = (text: string) => text.toLowerCase().replaceAll(/[\s_-]/g, '')

export function transportOf(members: Members, ...keys: readonly string[]): FoundConfig['transport'] | undefined {
  for (const key of keys) {
    const said = presentText(members, key)
    if (said === undefined) continue
    const transport = transports.get(lettersOf(said))
    if (transport) return transport
    throw invalidInput([...members.path, key], `${key}: expected stdio, sse or http, got another transport`)
  }
  return undefined
}

/** An empty text says as much as none: forms of clients write it. */
export function presentText(members: Members, key: string): string | undefined {
  const text = members.text(key)
  return text?.trim() === '' ? undefined : text
}

export interface EntryRules {
  readonly variablesIn: (text: string) => VariableText
  /** The members that may have the URL, the first one first, and what is spoken there unless `type` says otherwise. */
  readonly urls: Readonly<Record<string, HttpTransport>>
  /** The client tries SSE, too, where a server of the type http does not speak Streamable HTTP. @default false */
  readonly triesSse?: boolean
}

function stdioConfig(members: Members, variablesIn: EntryRules['variablesIn']): FoundConfig {
  const command = presentText(members, 'command')
  if (command === undefined) throw invalidInput([...members.path, 'command'], 'command: expected a command, got none')
  const cwd = presentText(members, 'cwd')
  return {
    transport: 'stdio',
    command: variablesIn(command),
    args: members.texts('args').map((text) => ({ value: variablesIn(text) })),
    env: members.pairs('env').map(([name, text]) => ({ name, value: variablesIn(text) })),
    cwd: cwd === undefined ? null : variablesIn(cwd),
  }
}

/** Whether it is switched off by any of the members that clients have for it; undefined where none says. */
function isEnabled(members: Members): boolean | undefined {
  const disabled = members.boolean('disabled')
  const said = [members.boolean('enabled'), members.boolean('isActive'), disabled === undefined ? undefined : !disabled]
  const known = said.filter((each) => each !== undefined)
  return known.length === 0 ? undefined : known.every((each) => each)
}

/** Some clients have their time-outs in seconds and some in ms; of no server a request may take less than a second in ms. */
export const longestSeconds = 1_000

/** `timeout`: below 1,000 seconds, else ms, whatever the client. */
function requestTimeout(members: Members): Pick<FoundServer, 'timeouts' | 'notes'> {
  const timeout = members.number('timeout')
  if (timeout === undefined) return { timeouts: {} }
  if (timeout >= longestSeconds || timeout <= 0) return { timeouts: { requestMs: timeout } }
  return { timeouts: { requestMs: timeout * 1_000 }, notes: [`timeout: ${timeout} was read as seconds`] }
}

/**
 * An entry as most clients have it: `command`, `args`, `env`, `cwd`, or a URL with `headers`; `type`, `disabled`,
 * `enabled` or `isActive`, `timeout` (of a request) and `description`. INVALID_INPUT at the member at fault.
 */
export function readServerEntry(value: unknown, path: readonly string[], rules: EntryRules): FoundServer {
  const { variablesIn, urls, triesSse = false } = rules
  const members = membersOf(value, path)
  const said = transportOf(members, 'type', 'transport')
  // Both are asked for, so that an empty one is not told as left out.
  const [url] = Object.keys(urls).flatMap((key) => {
    const text = presentText(members, key)
    return text === undefined ? [] : [{ key, text }]
  })
  const hasCommand = presentText(members, 'command') !== undefined
  if (hasCommand && url && said === undefined) {
    throw invalidInput(path, `expected either command or ${url.key}, got both`)
  }
  const shared = {
    description: presentText(members, 'description') ?? null,
    enabled: isEnabled(members),
    ...requestTimeout(members),
    names: { serverUrl: url?.key ?? 'url', requestMs: 'timeout' },
  }
  const isStdio = said === 'stdio' || (said === undefined && hasCommand)
  if (isStdio) return { ...shared, config: stdioConfig(members, variablesIn), ignored: members.others() }
  if (!url) throw invalidInput(path, `expected command or ${Object.keys(urls).join(' or ')}, got neither`)
  const config: FoundConfig = {
    transport: said === 'streamableHttp' && triesSse ? 'undetermined' : (said ?? urls[url.key] ?? 'undetermined'),
    serverUrl: variablesIn(url.text),
    headers: members.pairs('headers').map(([name, text]) => ({ name, value: variablesIn(text) })),
    auth: null,
  }
  return { ...shared, config, ignored: members.others() }
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
