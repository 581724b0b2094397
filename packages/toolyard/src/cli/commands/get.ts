import type { Command } from 'commander'
import { exitCodes } from '../../base/command-error.ts'
import { type ProgramProcess, type RegistryFlags, registryCommand } from '../../command/command.ts'
import { findServer } from '../../queries/servers.ts'
import { printServer } from '../../views/print-server.ts'

export function addGetCommand(program: Command, process: ProgramProcess): void {
  registryCommand(
    program,
    process,
    { usage: 'get <name>', description: 'show one server', reads: true },
    async ({ client, signal, output }, _: RegistryFlags, name: string) => {
      printServer(output, await findServer(client, name, signal))
      return exitCodes.done
    },
  )
}
