import type { ServerFilter } from '../../model/filters.ts'
import type { ClientFormatName } from '../formats/client-format.ts'
import type { ImportVariable } from '../import/required-variables.ts'

export interface ExportOptions {
  readonly format: ClientFormatName
  readonly filter?: ServerFilter
}

export interface ServerExport {
  /** The whole file: JSON, TOML or YAML, ending with a newline. */
  readonly text: string
  /** Variables to fill in for the secrets, from the client's environment or by hand. */
  readonly variables: readonly ImportVariable[]
  /** Servers that the format cannot hold, which are not in the text. */
  readonly skipped: readonly { readonly name: string; readonly reason: string }[]
  /** Members that the format cannot hold, of servers that are in the text. */
  readonly omitted: readonly { readonly name: string; readonly members: readonly string[] }[]
}
