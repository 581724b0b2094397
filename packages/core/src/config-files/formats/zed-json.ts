import { invalidInput } from '../../base/errors.ts'
import { isJsonObject } from '../../base/json.ts'
import type { ClientFormat, ExportedConfig, FoundServer } from './client-format.ts'
import { membersOf } from './members.ts'
import {
  type EntryRules,
  longestSeconds,
  namedEntries,
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
    const message = 'needs one of: command, url; only Zed can start the server of an extension'
    throw invalidInput(path, message)
  }
  // Until 2025, the command was an object of its own.
  const { path: program, ...inner } = isJsonObject(command) ? command : { path: command }
  const flat = { ...Object(value), ...inner, command: program }
  const found = readServerEntry(flat, path, rules)
  return {
    ...found,
    // Zed's timeouts are in seconds since 2025; before, they were in ms, 60,000 by default.
    notes: [],
    // `source` says whether the server is the user's own or that of an extension.
    ignored: found.ignored.filter((name) => name !== 'source'),
  }
}

/** Writes seconds, or ms from 1,000 s on, which would be read as ms. */
function inSeconds(ms: number): number {
  const seconds = Math.ceil(ms / 1_000)
  return seconds < longestSeconds ? seconds : ms
}

function oauthOf(config: ExportedConfig): { readonly oauth?: object } {
  if (config.transport === 'stdio' || !config.oauth) return {}
  const { clientId, clientSecret } = config.oauth
  const secret = clientSecret && writeDollarBraces({ name: clientSecret.variable, fallback: null })
  return { oauth: { client_id: clientId, ...(secret === null ? {} : { client_secret: secret }) } }
}

/** `context_servers` of Zed's `settings.json`. Zed fills in no variables: users replace each `${NAME}` by hand. */
export const zedJson: ClientFormat = {
  name: 'ZED_JSON',
  sign: 'context_servers',
  syntax: 'JSON',
  read(document) {
    const servers = membersOf(document, []).any('context_servers')
    return { entries: namedEntries(servers, ['context_servers'], readEntry), variables: new Map() }
  },
  holds: new Set(['requestMs', 'enabled']),
  oauth: { members: new Set(['clientId', 'clientSecret']), needsClientId: true },
  variablesIn: dollarBraces,
  keepsEnvNames: false,
  refusal: ({ config }) => (config.transport === 'sse' ? 'Zed does not support SSE' : undefined),
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
      const entry = { ...writeServerEntry(plain, 'url', writeDollarBraces), ...oauthOf(config) }
      return [server.name, { source: 'custom', ...(server.enabled ? {} : { enabled: false }), ...entry }]
    })
    return toJsonText({ context_servers: Object.fromEntries(entries) })
  },
}
