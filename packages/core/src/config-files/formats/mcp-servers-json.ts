import type { ClientFormat } from './client-format.ts'
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

const rules: EntryRules = {
  variablesIn: dollarBraces,
  // Cursor and Claude have url, Windsurf serverUrl or url.
  urls: { url: 'undetermined', serverUrl: 'undetermined', httpUrl: 'streamableHttp' },
}

/**
 * `mcpServers`: Claude Desktop, Claude Code (`.mcp.json`, and the top of `~/.claude.json`), Cursor, Windsurf, Cline, Roo,
 * LM Studio, and most other clients.
 */
export const mcpServersJson: ClientFormat = {
  name: 'MCP_SERVERS_JSON',
  sign: 'mcpServers',
  syntax: 'JSON',
  read(document) {
    const servers = membersOf(document, []).any('mcpServers')
    const entries = entriesOf(servers, ['mcpServers']).map(([name, value]) => {
      const path = ['mcpServers', name]
      return { name, path, read: () => readServerEntry(value, path, rules) }
    })
    return { entries, variables: new Map() }
  },
  holds: new Set(['description', 'requestMs', 'cwd', 'enabled']),
  leastRequestMs: longestSeconds,
  variablesIn: dollarBraces,
  keepsEnvNames: false,
  refusal: () => undefined,
  write(servers) {
    const entries = servers.map((server) => {
      const { transport } = server.config
      // Claude Desktop does not know `type`, which a command does not need.
      const type = transport === 'stdio' ? {} : { type: transport === 'sse' ? 'sse' : 'http' }
      const entry = writeServerEntry(server, 'url', writeDollarBraces)
      return [server.name, { ...type, ...entry, ...(server.enabled ? {} : { disabled: true }) }]
    })
    return toJsonText({ mcpServers: Object.fromEntries(entries) })
  },
}
