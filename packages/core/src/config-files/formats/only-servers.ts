import { isJsonObject } from '../../base/json.ts'
import type { ClientFormatName } from './client-format.ts'
import { formats, readText } from './formats.ts'

/** The members at the top of clients' files that say something of servers. */
const told: ReadonlySet<string> = new Set([
  'mcpServers',
  'servers',
  'inputs',
  'mcp',
  'context_servers',
  'mcp_servers',
  'extensions',
])

/** What is left of a client's file: a text of the same format, or the document where the format has no such text. */
export type ServersOnly = { readonly text: string; readonly format: ClientFormatName } | { readonly json: unknown }

/**
 * The part of a client's file that says something of servers: some have histories and caches beside them, and grow beyond
 * what an import takes. Throws INVALID_INPUT, as an import of the whole would.
 */
export function onlyServers(whole: string, format: ClientFormatName | 'AUTO'): ServersOnly {
  const read = readText(whole, format)
  const document = isJsonObject(read.document)
    ? Object.fromEntries(Object.entries(read.document).filter(([name]) => told.has(name)))
    : read.document
  // A JSON text is a YAML text as well.
  return formats[read.format].syntax === 'TOML'
    ? { json: document }
    : { text: JSON.stringify(document), format: read.format }
}
