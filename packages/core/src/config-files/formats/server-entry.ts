import { invalidInput } from '../../base/errors.ts'
import type { ExportedServer, FoundConfig, FoundEntry, FoundServer } from './client-format.ts'
import { entriesOf, type Members, membersOf } from './members.ts'
import { readOAuthBlock } from './oauth-block.ts'
import { type Variable, type VariableText, writeText } from './variable-text.ts'

type HttpTransport = Exclude<FoundConfig['transport'], 'stdio'>

/** Clients' names of transports, in letters alone; the registry does not support others. */
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
  // These say that there is a URL, and not which transport.
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

/** The text; undefined also if it is empty, as clients' forms write it. */
export function presentText(members: Members, key: string): string | undefined {
  const text = members.text(key)
  return text?.trim() === '' ? undefined : text
}

/** The entries of an object by name, at `at` of the document. */
export function namedEntries(
  value: unknown,
  at: readonly string[],
  read: (value: unknown, path: readonly string[], name: string) => FoundServer,
): readonly FoundEntry[] {
  return entriesOf(value, at).map(([name, entry]) => {
    const path = [...at, name]
    return { name, path, read: () => read(entry, path, name) }
  })
}

export interface EntryRules {
  readonly variablesIn: (text: string) => VariableText
  /** The members that may have the URL, in order of preference, with their transport unless `type` has one. */
  readonly urls: Readonly<Record<string, HttpTransport>>
  /** Whether the client falls back to SSE for a server of type http. @default false */
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

/** Whether the server is enabled by each of the members that clients have for it; undefined without any. */
function isEnabled(members: Members): boolean | undefined {
  const disabled = members.boolean('disabled')
  const said = [members.boolean('enabled'), members.boolean('isActive'), disabled === undefined ? undefined : !disabled]
  const known = said.filter((each) => each !== undefined)
  return known.length === 0 ? undefined : known.every((each) => each)
}

/** Timeouts below this are in seconds, others in ms: clients differ, and no server has a request timeout below a second. */
export const longestSeconds = 1_000

/** Reads `timeout`: below 1,000 as seconds, otherwise as ms, for every client. */
function requestTimeout(members: Members): Pick<FoundServer, 'timeouts' | 'notes'> {
  const timeout = members.number('timeout')
  if (timeout === undefined) return { timeouts: {} }
  if (timeout >= longestSeconds || timeout <= 0) return { timeouts: { requestMs: timeout } }
  return { timeouts: { requestMs: timeout * 1_000 }, notes: [`timeout: ${timeout} was read as seconds`] }
}

/**
 * Reads an entry in the form of most clients: `command`, `args`, `env`, `cwd`, or a URL with `headers`; `type`, `disabled`,
 * `enabled` or `isActive`, `timeout` (of a request) and `description`.
 *
 * @throws INVALID_INPUT, with the path of the member
 */
export function readServerEntry(value: unknown, path: readonly string[], rules: EntryRules): FoundServer {
  const { variablesIn, urls, triesSse = false } = rules
  const members = membersOf(value, path)
  const said = transportOf(members, 'type', 'transport')
  // Reads every URL member, so that an empty one is not reported as ignored.
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
  if (!url) throw invalidInput(path, `needs one of: command, ${Object.keys(urls).join(', ')}`)
  const config: FoundConfig = {
    transport: said === 'streamableHttp' && triesSse ? 'undetermined' : (said ?? urls[url.key] ?? 'undetermined'),
    serverUrl: variablesIn(url.text),
    headers: members.pairs('headers').map(([name, text]) => ({ name, value: variablesIn(text) })),
    auth: null,
  }
  const block = readOAuthBlock(members, variablesIn)
  if (!block) return { ...shared, config, ignored: members.others() }
  return {
    ...shared,
    config: { ...config, oauth: block.oauth },
    names: { ...shared.names, ...block.names },
    ignored: [...members.others(), ...block.ignored],
    notes: [...(shared.notes ?? []), ...block.notes],
  }
}

/** The header value of a secret: with the scheme Bearer in `Authorization` (RFC 6750 section 2.1), alone in others. */
export function authValue(header: string, variable: string): string {
  return header.toLowerCase() === 'authorization' ? `Bearer ${variable}` : variable
}

/** The members of an entry as `readServerEntry` reads them, without `type` and without those that the server lacks. */
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
