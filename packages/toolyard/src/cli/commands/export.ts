import { writeFile } from 'node:fs/promises'
import { graphql } from '@toolyard/graphql/client/documents'
import type { Command } from 'commander'
import { exitCodes, UsageError } from '../../base/command-error.ts'
import { type ProgramProcess, type RegistryFlags, registryCommand } from '../../command/command.ts'
import { importFormats, parseFormat } from '../../imports/import-sources.ts'
import { printable, printableLines } from '../../output/printable.ts'

interface ExportFlags extends RegistryFlags {
  readonly format: string
  readonly out?: string
  readonly label?: string
}

const exportQuery = graphql(`
  query Export($format: ImportFormat!, $filter: McpServerFilter) {
    exportMcpServers(format: $format, filter: $filter) {
      text
      variables { name description required secret default }
      skipped { name reason }
      omitted { name members }
    }
  }
`)

const formats = Object.keys(importFormats).filter((name) => name !== 'auto')

export function addExportCommand(program: Command, process: ProgramProcess): void {
  registryCommand(
    program,
    process,
    {
      usage: 'export',
      description: 'write the servers as another client keeps them, with variables in place of secrets',
      reads: true,
    },
    async ({ client, signal, output }, { format: name, out, label }: ExportFlags) => {
      if (name === 'auto') throw new UsageError(`--format is "auto", takes ${formats.join(', ')}`)
      const filter = label === undefined ? null : { label: { eq: label } }
      const answer = await client.request(exportQuery, { format: parseFormat(name), filter }, { signal })
      const { text, variables, skipped, omitted } = answer.exportMcpServers
      if (out !== undefined) {
        await writeFile(out, text, { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
          const reason =
            error.code === 'EEXIST' ? 'it already exists; choose another name, or remove it' : error.message
          throw new UsageError(`${out}: ${reason}`, { cause: error })
        })
      }
      if (output.isJson) output.printJson(answer.exportMcpServers)
      else if (out === undefined) output.print(output.isTerminal ? printableLines(text.trimEnd()) : text.trimEnd())
      for (const each of skipped) output.note(`Left out ${printable(each.name)}: ${printable(each.reason)}`)
      for (const each of omitted)
        output.note(
          `${printable(each.name)}: ${printable(each.members.join(', '))} ${each.members.length === 1 ? 'has' : 'have'} no place in this format`,
        )
      if (variables.length > 0)
        output.note(`Variables to fill in: ${printable(variables.map((each) => each.name).join(', '))}`)
      return exitCodes.done
    },
  )
    .requiredOption('--format <format>', `takes ${formats.join(', ')}`)
    .option('--out <file>', 'a new file (default stdout)')
    .option('--label <label>', 'only servers with this label')
}
