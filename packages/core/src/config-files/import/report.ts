import type { ErrorCode } from '../../base/errors.ts'
import type { McpServer } from '../../model/server.ts'
import type { ClientFormatName } from '../formats/client-format.ts'
import type { ImportVariable } from './required-variables.ts'

export interface ImportServersOptions {
  /** The actor, for the audit. At most 255 characters. */
  readonly actor?: string | undefined
  /** Aborting it cancels the import. Entries that are stored stay; the rest are FAILED with CANCELED. */
  readonly signal?: AbortSignal | undefined
}

export interface ImportReport {
  /** One for each entry, in the order of the document. */
  readonly entries: readonly ImportEntry[]
  /** Variables that were not given, of entries that were not skipped. */
  readonly requiredVariables: readonly ImportVariable[]
  readonly detectedFormat: ClientFormatName
}

export type ImportOutcome = 'CREATED' | 'UPDATED' | 'SKIPPED' | 'WOULD_CREATE' | 'WOULD_UPDATE' | 'FAILED'

export interface ImportEntry {
  /** The name of the server; RENAME may make it differ from the file's. */
  readonly name: string
  readonly outcome: ImportOutcome
  /** The server that was created or updated, or that has the name already. */
  readonly server?: McpServer
  /** The error of a FAILED entry, with its path in the document: `['mcpServers', 'github', 'url']`. */
  readonly error?: { readonly code: ErrorCode; readonly message: string; readonly path: readonly string[] }
  /**
   * The command line or the URL that the entry names, of at most 1,000 characters; its variables as `${NAME}`. Absent if the
   * entry could not be read.
   */
  readonly target?: string
  /** Names of members that were ignored, as they have no counterpart here. */
  readonly ignored: readonly string[]
  /** Sentences on values that may be meant otherwise, such as a timeout below 1,000, which is read as seconds. */
  readonly notes: readonly string[]
}
