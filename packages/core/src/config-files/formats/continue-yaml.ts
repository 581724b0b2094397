import { stringify } from 'yaml'
import type { ClientFormat, ExportedServer, FoundEntry, FoundServer } from './client-format.ts'
import { entriesOf, membersOf, unexpected } from './members.ts'
import { type EntryRules, readServerEntry, writeServerEntry } from './server-entry.ts'
import { secretBraces, type Variable } from './variable-text.ts'

const rules: EntryRules = { variablesIn: secretBraces, urls: { url: 'undetermined' } }

/** Reads an entry, whose headers stand in `requestOptions`, and whose connect timeout is in ms. */
function readEntry(value: unknown, path: readonly string[]): FoundServer {
  const members = membersOf(value, path)
  const options = members.object('requestOptions')
  const connectMs = members.number('connectionTimeout')
  const headers = options?.any('headers') ?? members.any('headers')
  const { name: _, requestOptions: __, connectionTimeout: ___, ...rest } = Object(value)
  const found = readServerEntry({ ...rest, headers }, path, rules)
  const isHttp = found.config.transport !== 'stdio'
  return {
    ...found,
    timeouts: { ...found.timeouts, ...(connectMs === undefined ? {} : { connectMs }) },
    names: { ...found.names, headers: 'requestOptions.headers', connectMs: 'connectionTimeout' },
    // Headers mean nothing for a command.
    ignored: [
      ...found.ignored.filter((member) => member !== 'headers'),
      ...(options?.others() ?? []).map((member) => `requestOptions.${member}`),
      ...(isHttp || headers === undefined ? [] : ['requestOptions.headers']),
    ],
  }
}

function entryOf(value: unknown, path: readonly string[], nameThere?: string): FoundEntry {
  const said = typeof value === 'object' && value !== null && 'name' in value ? value.name : nameThere
  const name = typeof said === 'string' ? said : ''
  const read = () => {
    if (name === '') throw unexpected([...path, 'name'], 'the name of the server', said)
    return readEntry(value, path)
  }
  return { name, path, read }
}

const write = ({ name }: Pick<Variable, 'name'>) => `\${{ secrets.${name} }}`

function writeEntry(server: ExportedServer): Record<string, unknown> {
  const { connectMs } = server.timeouts
  const { headers, ...entry } = writeServerEntry({ ...server, description: null, timeouts: {} }, 'url', write)
  const { transport } = server.config
  return {
    name: server.name,
    type: transport === 'streamableHttp' ? 'streamable-http' : transport,
    ...entry,
    ...(headers === undefined ? {} : { requestOptions: { headers } }),
    ...(connectMs === undefined ? {} : { connectionTimeout: connectMs }),
  }
}

/** `mcpServers`, a list, of Continue's `config.yaml`, of a block in `.continue/mcpServers`, and of its older `config.json`. */
export const continueYaml: ClientFormat = {
  name: 'CONTINUE_YAML',
  sign: 'a list mcpServers in YAML',
  syntax: 'YAML',
  read(document) {
    const servers = membersOf(document, []).any('mcpServers') ?? []
    const entries = Array.isArray(servers)
      ? servers.map((value: unknown, index) => entryOf(value, ['mcpServers', String(index)]))
      : entriesOf(servers, ['mcpServers']).map(([name, value]) => entryOf(value, ['mcpServers', name], name))
    return { entries, variables: new Map() }
  },
  holds: new Set(['connectMs', 'cwd']),
  variablesIn: secretBraces,
  keepsEnvNames: false,
  refusal: () => undefined,
  write: (servers) =>
    stringify({ name: 'toolyard', version: '1.0.0', schema: 'v1', mcpServers: servers.map(writeEntry) }),
}
