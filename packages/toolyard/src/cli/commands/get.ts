import type { Command } from 'commander'
import { printServer } from '../../output/print-server.ts'
import { type ProgramProcess, type RegistryFlags, registryCommand } from '../command.ts'
import { exitCodes } from '../command-error.ts'
import { findServer } from '../servers.ts'

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
