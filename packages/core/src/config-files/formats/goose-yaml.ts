import { stringify } from 'yaml'
import { invalidInput } from '../../base/errors.ts'
import { isJsonObject } from '../../base/json.ts'
import type { ClientFormat, ExportedServer, FoundConfig, FoundServer } from './client-format.ts'
import { entriesOf, type Members, membersOf } from './members.ts'
import { authValue, presentText, transportOf } from './server-entry.ts'
import { dollarNames, isVariable, type VariableText, withoutVariables, writeText } from './variable-text.ts'

/** Types of extensions that are built into Goose, without an MCP server. */
const ownTypes: ReadonlySet<unknown> = new Set(['builtin', 'platform', 'frontend', 'inline_python'])

const named = (name: string): VariableText => [{ name, fallback: null }]

/** Reads `envs`, which has values, and `env_keys`, which names secrets in the system's keyring. */
function readEnv(members: Members) {
  const literal = members.pairs('envs').map(([name, text]) => ({ name, value: withoutVariables(text) }))
  const kept = members.texts('env_keys').filter((name) => !literal.some((pair) => pair.name === name))
  return [...literal, ...kept.map((name) => ({ name, value: named(name) }))]
}

function readConfig(members: Members): FoundConfig {
  const transport = transportOf(members, 'type')
  const command = presentText(members, 'cmd')
  const url = presentText(members, 'uri')
  const env = readEnv(members)
  if (transport === 'stdio' || (transport === undefined && command !== undefined)) {
    if (command === undefined) throw invalidInput([...members.path, 'cmd'], 'cmd: expected a command, got none')
    const cwd = presentText(members, 'cwd')
    return {
      transport: 'stdio',
      command: withoutVariables(command),
      args: members.texts('args').map((text) => ({ value: withoutVariables(text) })),
      env,
      cwd: cwd === undefined ? null : withoutVariables(cwd),
    }
  }
  if (url === undefined) throw invalidInput(members.path, 'needs one of: cmd, uri')
  // Goose fills the values of `envs` into the headers.
  const values = new Map(env.map(({ name, value }) => [name, value]))
  const filled = (text: string): VariableText =>
    dollarNames(text).flatMap((part) => (isVariable(part) ? (values.get(part.name) ?? [part]) : [part]))
  return {
    transport: transport ?? 'undetermined',
    serverUrl: filled(url),
    headers: members.pairs('headers').map(([name, text]) => ({ name, value: filled(text) })),
    auth: null,
  }
}

function readEntry(value: unknown, path: readonly string[]): FoundServer {
  // Until 2025, the members stood in an object of their own.
  const { config, ...outer } = Object(value)
  const members = membersOf(isJsonObject(config) ? { ...outer, ...config } : value, path)
  const seconds = members.number('timeout')
  for (const known of ['name', 'display_name', 'bundled', 'envs', 'env_keys']) members.any(known)
  const found = readConfig(members)
  return {
    config: found,
    description: presentText(members, 'description') ?? null,
    enabled: members.boolean('enabled'),
    timeouts: seconds === undefined ? {} : { requestMs: seconds * 1_000 },
    ignored: members.others(),
    names: { serverUrl: 'uri', command: 'cmd', env: 'envs', requestMs: 'timeout' },
  }
}

function writeEntry({ name, description, enabled, config, timeouts }: ExportedServer): Record<string, unknown> {
  const shared = {
    name,
    description: description ?? '',
    enabled,
    ...(timeouts.requestMs === undefined ? {} : { timeout: Math.ceil(timeouts.requestMs / 1_000) }),
  }
  if (config.transport === 'stdio') {
    const { command, args, env } = config
    return {
      ...shared,
      type: 'stdio',
      cmd: command,
      args: args.map((text) => writeText(text, (variable) => variable.name)),
      ...(env.length > 0 ? { env_keys: env.map((each) => each.name) } : {}),
    }
  }
  const place = (variable: string) => `\${${variable}}`
  const { auth } = config
  const headers = [
    ...config.headers.map((header) => [header.name, place(header.variable)] as const),
    ...(auth ? [[auth.name, authValue(auth.name, place(auth.variable))] as const] : []),
  ]
  const variables = [...config.headers, ...(auth ? [auth] : [])].map(({ variable }) => variable)
  return {
    ...shared,
    type: 'streamable_http',
    uri: config.serverUrl,
    ...(headers.length > 0 ? { headers: Object.fromEntries(headers), env_keys: [...new Set(variables)] } : {}),
  }
}

/** `extensions` of Goose's `config.yaml`, without those that are built into Goose. */
export const gooseYaml: ClientFormat = {
  name: 'GOOSE_YAML',
  sign: 'extensions in YAML',
  syntax: 'YAML',
  read(document) {
    const extensions = membersOf(document, []).any('extensions') ?? {}
    const entries = entriesOf(extensions, ['extensions']).flatMap(([key, value]) => {
      const inner: unknown = isJsonObject(value) && isJsonObject(value.config) ? value.config : value
      if (isJsonObject(inner) && ownTypes.has(inner.type)) return []
      const path = ['extensions', key]
      return [{ name: key, path, read: () => readEntry(value, path) }]
    })
    return { entries, variables: new Map() }
  },
  holds: new Set(['description', 'requestMs', 'enabled']),
  variablesIn: withoutVariables,
  keepsEnvNames: true,
  refusal({ config }) {
    if (config.transport === 'sse') return 'Goose no longer supports SSE'
    const hasTemplate = config.transport === 'stdio' && config.args.some((text) => text.some(isVariable))
    return hasTemplate ? 'it has templates in its args, which Goose does not fill in' : undefined
  },
  write: (servers) =>
    stringify({ extensions: Object.fromEntries(servers.map((each) => [each.name, writeEntry(each)])) }),
}
