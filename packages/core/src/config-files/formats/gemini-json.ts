import type { ClientFormat, ExportedSecret } from './client-format.ts'
import { membersOf } from './members.ts'
import { writeOAuthBlock } from './oauth-block.ts'
import {
  type EntryRules,
  longestSeconds,
  namedEntries,
  readServerEntry,
  toJsonText,
  writeDollarBraces,
  writeServerEntry,
} from './server-entry.ts'
import { dollarNames } from './variable-text.ts'

const rules: EntryRules = { variablesIn: dollarNames, urls: { httpUrl: 'streamableHttp', url: 'sse' } }

/** `mcpServers` of Gemini CLI's `settings.json`; `mcp.allowed` and `mcp.excluded` select those that are used. */
export const geminiJson: ClientFormat = {
  name: 'GEMINI_JSON',
  sign: 'mcpServers with httpUrl',
  syntax: 'JSON',
  read(document) {
    const root = membersOf(document, [])
    const mcp = root.object('mcp')
    const allowed = mcp?.has('allowed') ? mcp.texts('allowed') : undefined
    const excluded = mcp?.texts('excluded') ?? []
    const isOff = (name: string) => excluded.includes(name) || allowed?.includes(name) === false
    const entries = namedEntries(root.any('mcpServers'), ['mcpServers'], (value, path, name) => {
      const found = readServerEntry(value, path, rules)
      return isOff(name) ? { ...found, enabled: false } : found
    })
    return { entries, variables: new Map() }
  },
  holds: new Set(['description', 'requestMs', 'cwd', 'enabled']),
  oauth: { members: new Set(['clientId', 'clientSecret', 'scopes', 'issuer']), needsClientId: false },
  leastRequestMs: longestSeconds,
  variablesIn: dollarNames,
  keepsEnvNames: false,
  refusal: () => undefined,
  write(servers) {
    const entries = servers.map((server) => {
      const { config } = server
      const entry = writeServerEntry(server, config.transport === 'sse' ? 'url' : 'httpUrl', writeDollarBraces)
      if (config.transport === 'stdio' || !config.oauth) return [server.name, entry]
      const write = ({ variable }: ExportedSecret) => writeDollarBraces({ name: variable, fallback: null })
      return [server.name, { ...entry, oauth: { enabled: true, ...writeOAuthBlock(config.oauth, write) } }]
    })
    const excluded = servers.filter(({ enabled }) => !enabled).map(({ name }) => name)
    const mcp = excluded.length > 0 ? { mcp: { excluded } } : {}
    return toJsonText({ ...mcp, mcpServers: Object.fromEntries(entries) })
  },
}
