import type { ExportOptions, ServerExport } from './export/server-export.ts'
import type { ImportInput } from './import/input.ts'
import type { ImportReport, ImportServersOptions } from './import/report.ts'

/** Reads and writes the configuration files of MCP clients. */
export interface ConfigFilesApi {
  /**
   * Takes the servers of a client's configuration, each as `create` or `update` would: one that is at fault is FAILED in
   * the report, and the others go on. A URL without a transport is dialled to find out which one is spoken there; where
   * nothing answers, it is stored as Streamable HTTP. `docs/import.md` has the formats.
   *
   * Rejects, with nothing imported, with INVALID_INPUT for a text that is broken (`details.line` and `column`) or of no
   * known format, LIMIT_EXCEEDED for more than 1 MiB or 1,000 servers, and for an entry of a registry with NOT_FOUND,
   * CONNECT_FAILED, URL_BLOCKED and TIMEOUT. Aborted while it stores, it reports the rest FAILED with CANCELED.
   */
  import(input: ImportInput, options?: ImportServersOptions): Promise<ImportReport>
  /**
   * Writes the servers as a client keeps them, at most 1,000. Every secret is a variable in that client's own notation:
   * none is opened for it. Rejects with INVALID_INPUT and LIMIT_EXCEEDED.
   */
  export(options: ExportOptions): Promise<ServerExport>
}
