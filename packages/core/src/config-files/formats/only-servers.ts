import { isJsonObject } from '../../base/json.ts'
import type { ClientFormatName } from './client-format.ts'
import { formats, readText } from './formats.ts'

/** Top-level members of clients' files that concern servers. */
const kept: ReadonlySet<string> = new Set([
  'mcpServers',
  'servers',
  'inputs',
  'mcp',
  'context_servers',
  'mcp_servers',
  'extensions',
])

/** The part of a client's file with its servers: a text of the same format, or for TOML the document. */
export type ServersOnly = { readonly text: string; readonly format: ClientFormatName } | { readonly json: unknown }

/**
 * Extracts the servers from a client's file: some files also have histories and caches, and grow beyond what an import takes.
 *
 * @throws INVALID_INPUT as an import of the whole file would
 */
export function onlyServers(whole: string, format: ClientFormatName | 'AUTO'): ServersOnly {
  const read = readText(whole, format)
  const document = isJsonObject(read.document)
    ? Object.fromEntries(Object.entries(read.document).filter(([name]) => kept.has(name)))
    : read.document
  // JSON is YAML, too.
  return formats[read.format].syntax === 'TOML'
    ? { json: document }
    : { text: JSON.stringify(document), format: read.format }
}
