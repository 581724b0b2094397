import type { ExportOptions, ServerExport } from './export/server-export.ts'
import type { ImportInput } from './import/input.ts'
import type { ImportReport, ImportServersOptions } from './import/report.ts'

/** Reads and writes the configuration files of MCP clients. */
export interface ConfigFilesApi {
  /**
   * Imports the servers of a client's configuration, each as `create` or `update` would. An entry that fails is FAILED in
   * the report, and the rest go on. Formats: `docs/import.md`.
   *
   * A URL without a transport is dialled to detect it; if the server does not answer, it is stored as Streamable HTTP. If
   * the signal aborts while entries are stored, the remaining ones are FAILED with CANCELED.
   *
   * If it rejects, nothing was imported:
   *
   * @throws INVALID_INPUT for broken text, with `details.line` and `details.column`, or for an unknown format
   * @throws LIMIT_EXCEEDED for more than 1 MiB or 1,000 servers
   * @throws NOT_FOUND, CONNECT_FAILED, URL_BLOCKED, TIMEOUT for an entry of a registry
   * @throws CANCELED, CLOSED
   */
  import(input: ImportInput, options?: ImportServersOptions): Promise<ImportReport>
  /**
   * Writes at most 1,000 servers as a client's configuration. Each secret becomes a variable in the client's own notation;
   * no secret is opened for it.
   *
   * @throws INVALID_INPUT for an unknown format
   * @throws LIMIT_EXCEEDED for more servers
   */
  export(options: ExportOptions): Promise<ServerExport>
}
