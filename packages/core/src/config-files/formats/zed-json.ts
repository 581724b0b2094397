import { invalidInput } from '../../base/errors.ts'
import { isJsonObject } from '../../base/json.ts'
import type { ClientFormat, FoundServer } from './client-format.ts'
import { entriesOf, membersOf } from './members.ts'
import {
  type EntryRules,
  longestSeconds,
  readServerEntry,
  toJsonText,
  writeDollarBraces,
  writeServerEntry,
} from './server-entry.ts'
import { dollarBraces } from './variable-text.ts'

const rules: EntryRules = { variablesIn: dollarBraces, urls: { url: 'undetermined' } }

function readEntry(value: unknown, path: readonly string[]): FoundServer {
  const members = membersOf(value, path)
  const command = members.any('command')
  const isExtension = command === undefined && !members.has('url')
  if (isExtension) {
    const message = 'expected command or url; how the server of an extension is started only Zed knows'
    throw invalidInput(path, message)
  }
  // Until 2025 the command was an object of its own.
  const { path: program, ...inner } = isJsonObject(command) ? command : { path: command }
  const flat = { ...Object(value), ...inner, command: program }
  const found = readServerEntry(flat, path, rules)
  return {
    ...found,
    // Zed has had its time-outs in seconds since 2025; before they were in ms, 60,000 unless said.
    notes: [],
    // That it is one of the user's own, as against one of an extension; and where an editor of another machine runs it.
    ignored: found.ignored.filter((name) => name !== 'source'),
  }
}

/** From 1,000 on it would be read as ms. */
function inSeconds(ms: number): number {
  const seconds = Math.ceil(ms / 1_000)
  return seconds < longestSeconds ? seconds : ms
}

/** `context_servers` of Zed's `settings.json`, which has much else. Zed fills in no variables: `${NAME}` is a place to do so. */
export const zedJson: ClientFormat = {
  name: 'ZED_JSON',
  sign: 'context_servers',
  syntax: 'JSON',
  read(document) {
    const servers = membersOf(document, []).any('context_servers')
    const entries = entriesOf(servers, ['context_servers']).map(([name, value]) => {
      const path = ['context_servers', name]
      return { name, path, read: () => readEntry(value, path) }
    })
    return { entries, variables: new Map() }
  },
  holds: new Set(['requestMs', 'enabled']),
  variablesIn: dollarBraces,
  keepsEnvNames: false,
  refusal: ({ config }) => (config.transport === 'sse' ? 'Zed speaks no SSE' : undefined),
  write(servers) {
    const entries = servers.map((server) => {
      const { requestMs } = server.timeouts
      const timeouts = requestMs === undefined ? {} : { requestMs: inSeconds(requestMs) }
      const { config } = server
      const plain = {
        ...server,
        description: null,
        timeouts,
        config: config.transport === 'stdio' ? { ...config, cwd: null } : config,
      }
      const entry = writeServerEntry(plain, 'url', writeDollarBraces)
      return [server.name, { source: 'custom', ...(server.enabled ? {} : { enabled: false }), ...entry }]
    })
    return toJsonText({ context_servers: Object.fromEntries(entries) })
  },
}
