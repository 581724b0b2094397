import type { Command } from 'commander'
import { exitCodes } from '../../base/command-error.ts'
import { type ProgramProcess, type RegistryFlags, registryCommand } from '../../command/command.ts'
import { printable, shown } from '../../output/printable.ts'
import { readResources } from '../../queries/features.ts'
import { findServer } from '../../queries/servers.ts'

export function addResourcesCommand(program: Command, process: ProgramProcess): void {
  registryCommand(
    program,
    process,
    { usage: 'resources [name]', description: 'show the resources and templates, or those of a server', reads: true },
    async ({ client, signal, output, name: place }, _: RegistryFlags, name: string | undefined) => {
      const server = name === undefined ? undefined : await findServer(client, name, signal)
      const { resources, templates } = await readResources(client, server, signal)
      if (output.isJson) {
        output.printJson({ resources, resourceTemplates: templates })
        return exitCodes.done
      }
      const rows = [
        ...resources.map(({ server: of, uri, mimeType, title, description, name: given }) => [
          shown(of.name),
          shown(uri),
          shown(mimeType ?? ''),
          shown(title ?? description ?? given),
        ]),
        ...templates.map(({ server: of, uriTemplate, mimeType, title, description, name: given }) => [
          shown(of.name),
          shown(uriTemplate),
          shown(mimeType ?? ''),
          shown(title ?? description ?? given),
        ]),
      ]
      if (rows.length > 0) output.printTable(['SERVER', 'URI', 'TYPE', 'DESCRIPTION'], rows)
      else output.print(`No resources in ${printable(server?.name ?? place)}; toolyard refresh reads them`)
      return exitCodes.done
    },
  )
}
