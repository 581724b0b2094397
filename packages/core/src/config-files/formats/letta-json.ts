import { invalidInput } from '../../base/errors.ts'
import { isJsonObject } from '../../base/json.ts'
import type { ClientFormat, ExportedServer, FoundEntry, FoundServer } from './client-format.ts'
import { entriesOf, type Members, membersOf, unexpected } from './members.ts'
import { authValue, presentText, toJsonText, transportOf } from './server-entry.ts'
import { doubleBraces, type Variable, writeText } from './variable-text.ts'

const pairsOf = (members: Members, key: string) =>
  members.pairs(key).map(([name, text]) => ({ name, value: doubleBraces(text) }))

/** Reads an entry, whose configuration stands in `config`, flat beside the name, or (earlier) in `stdio_config`. */
function readEntry(value: unknown, path: readonly string[]): FoundServer {
  const entry = membersOf(value, path)
  entry.any('server_name')
  const config = entry.object('config') ?? entry
  const transport = transportOf(config, 'mcp_server_type', 'type', 'server_type')
  const stdio = config.object('stdio_config') ?? config
  const command = presentText(stdio, 'command')
  const shared = {
    description: null,
    enabled: undefined,
    timeouts: {},
    names: { serverUrl: 'server_url', headers: 'custom_headers' },
  }
  // Members that Letta's API adds in its answers.
  for (const key of ['id', 'metadata_', 'organization_id', 'created_by_id', 'last_updated_by_id']) entry.any(key)
  const ignored = () => [...new Set([entry, config, stdio].flatMap((members) => members.others()))]
  if (transport === 'stdio' || (transport === undefined && command !== undefined)) {
    if (command === undefined) throw invalidInput([...stdio.path, 'command'], 'command: expected a command, got none')
    const args = stdio.texts('args').map((text) => ({ value: doubleBraces(text) }))
    const env = pairsOf(stdio, 'env')
    return {
      ...shared,
      config: { transport: 'stdio', command: doubleBraces(command), args, env, cwd: null },
      ignored: ignored(),
    }
  }
  const url = presentText(config, 'server_url')
  if (url === undefined) throw invalidInput(config.path, 'needs one of: command, server_url')
  const token = config.text('auth_token') ?? config.text('token')
  const header = config.text('auth_header') ?? 'Authorization'
  const headers = pairsOf(config, 'custom_headers')
  return {
    ...shared,
    config: {
      transport: transport ?? 'undetermined',
      serverUrl: doubleBraces(url),
      headers,
      auth: token === undefined ? null : { header, token: doubleBraces(token) },
    },
    ignored: ignored(),
  }
}

function found(value: unknown, path: readonly string[], nameThere?: string): FoundEntry {
  const said = isJsonObject(value) && typeof value.server_name === 'string' ? value.server_name : nameThere
  const read = () => {
    if (said === undefined) {
      throw unexpected(
        [...path, 'server_name'],
        'the name of the server',
        isJsonObject(value) ? value.server_name : value,
      )
    }
    return readEntry(value, path)
  }
  return { name: said ?? '', path, read }
}

const write = ({ name, fallback }: Variable) => (fallback === null ? `{{ ${name} }}` : `{{ ${name} | ${fallback} }}`)
const place = (name: string) => write({ name, fallback: null })

function writeConfig({ config }: ExportedServer): object {
  if (config.transport === 'stdio') {
    const { command, args, env } = config
    return {
      mcp_server_type: 'stdio',
      command,
      args: args.map((text) => writeText(text, write)),
      ...(env.length > 0 ? { env: Object.fromEntries(env.map(({ name, variable }) => [name, place(variable)])) } : {}),
    }
  }
  const { serverUrl, headers, auth, transport } = config
  return {
    mcp_server_type: transport === 'sse' ? 'sse' : 'streamable_http',
    server_url: serverUrl,
    ...(auth ? { auth_header: auth.name, auth_token: authValue(auth.name, place(auth.variable)) } : {}),
    ...(headers.length > 0
      ? { custom_headers: Object.fromEntries(headers.map(({ name, variable }) => [name, place(variable)])) }
      : {}),
  }
}

/**
 * The form of Letta's API: `{ server_name, config }`, one or a list of them, or an object by name; the configuration may also
 * stand flat beside the name. Its `{{ NAME }}` are templates here as they are there.
 */
export const lettaJson: ClientFormat = {
  name: 'LETTA_JSON',
  sign: 'server_name with config',
  syntax: 'JSON',
  read(document) {
    const variables = new Map()
    if (Array.isArray(document)) {
      return { entries: document.map((value: unknown, index) => found(value, [String(index)])), variables }
    }
    if (isJsonObject(document) && Object.hasOwn(document, 'server_name')) {
      return { entries: [found(document, [])], variables }
    }
    return { entries: entriesOf(document, []).map(([name, value]) => found(value, [name], name)), variables }
  },
  holds: new Set(),
  variablesIn: doubleBraces,
  keepsEnvNames: false,
  refusal: () => undefined,
  write: (servers) => toJsonText(servers.map((server) => ({ server_name: server.name, config: writeConfig(server) }))),
}
