import type { ErrorCode } from '../../base/errors.ts'
import type { McpServer } from '../../model/server.ts'
import type { ClientFormatName } from '../formats/client-format.ts'
import type { ImportVariable } from './required-variables.ts'

export interface ImportServersOptions {
  /** Who asks for it, for the audit. At most 255 characters. */
  readonly actor?: string | undefined
  readonly signal?: AbortSignal | undefined
}

export interface ImportReport {
  /** One for each entry, in their order. */
  readonly entries: readonly ImportEntry[]
  /** The variables that were not given, of the entries that were not skipped. */
  readonly requiredVariables: readonly ImportVariable[]
  readonly detectedFormat: ClientFormatName
}

export type ImportOutcome = 'CREATED' | 'UPDATED' | 'SKIPPED' | 'WOULD_CREATE' | 'WOULD_UPDATE' | 'FAILED'

export interface ImportEntry {
  /** That of the server, which RENAME makes another one than the file has. */
  readonly name: string
  readonly outcome: ImportOutcome
  /** The server that was created or updated, or that has the name already. */
  readonly server?: McpServer
  /** Of FAILED. The path is in the document: `['mcpServers', 'github', 'url']`. */
  readonly error?: { readonly code: ErrorCode; readonly message: string; readonly path: readonly string[] }
  /** Members of the entry that have no counterpart here, by name: they were left out. */
  readonly ignored: readonly string[]
  /** What was read otherwise than it may be meant, a sentence each: a time-out below 1,000 is in seconds. */
  readonly notes: readonly string[]
}
