import { graphql } from '@toolyard/graphql/client/documents'
import type { Command } from 'commander'
import { exitCodes, UsageError } from '../../base/command-error.ts'
import { type ProgramProcess, type RegistryFlags, registryCommand } from '../../command/command.ts'
import { printable, shown } from '../../output/printable.ts'
import { findServer } from '../../queries/servers.ts'
import { referenceOf, toolFields } from '../../queries/tools.ts'
import { integer } from '../../settings/parse-setting.ts'
import { marksOf } from '../../views/print-tools.ts'

interface SearchFlags extends RegistryFlags {
  readonly limit: string
  readonly server?: string
}

const searchQuery = graphql(
  `query Search($query: String!, $first: Int, $filter: McpToolFilter) {
    searchMcpTools(query: $query, first: $first, filter: $filter) {
      edges { score node { ...ToolFields } }
      totalCount
    }
  }`,
  [toolFields],
)

export function addSearchCommand(program: Command, process: ProgramProcess): void {
  registryCommand(
    program,
    process,
    { usage: 'search <words...>', description: 'find tools by words of their names and descriptions', reads: true },
    async ({ client, signal, output }, { limit, server: name }: SearchFlags, words: readonly string[]) => {
      const first = integer(100)(limit)
      if (!first) throw new UsageError(`--limit is "${limit}", takes a whole number from 1 to 100`)
      const filter = name === undefined ? null : { serverId: [(await findServer(client, name, signal)).id] }
      const query = words.join(' ')
      const { searchMcpTools } = await client.request(searchQuery, { query, first, filter }, { signal })
      const { edges, totalCount } = searchMcpTools
      if (output.isJson) {
        output.printJson(edges.map(({ score, node }) => ({ score, ...node })))
        return exitCodes.done
      }
      if (edges.length === 0) {
        output.print(`No tools match "${printable(query)}"`)
        return exitCodes.done
      }
      const rows = edges.map(({ node }) => [
        shown(referenceOf(node)),
        marksOf(node).join(', '),
        shown(node.description ?? node.title ?? ''),
      ])
      output.printTable(['TOOL', 'STATE', 'DESCRIPTION'], rows)
      if (totalCount > edges.length) output.note(`${edges.length} of ${totalCount}; --limit shows more`)
      return exitCodes.done
    },
  )
    .option('--limit <number>', 'maximum number of tools', '10')
    .option('--server <name>', 'only those of this server')
}
