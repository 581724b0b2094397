import type { Command } from 'commander'
import { type ProgramProcess, type RegistryFlags, registryCommand } from '../command.ts'
import { exitCodes } from '../command-error.ts'
import { printable } from '../output/printable.ts'
import { payloadOf } from '../refusals.ts'
import { addServerOptions, createMutation, type ServerFlags, toConfig, toServerInput } from '../server-flags.ts'

interface AddFlags extends RegistryFlags, ServerFlags {
  /** False: nothing is refreshed. */
  readonly refresh: boolean
  readonly disabled?: boolean
}

export function addAddCommand(program: Command, process: ProgramProcess): void {
  const command = registryCommand(
    program,
    process,
    {
      usage: 'add <name> [target...]',
      description: 'register a server, and read its tools: a URL, or -- and a command with its args',
      reads: false,
    },
    async (context, flags: AddFlags, name: string, operands: readonly string[]) => {
      const { client, signal, output } = context
      const input = {
        name,
        config: toConfig(operands, flags),
        ...toServerInput(flags),
        refresh: flags.refresh,
        enabled: flags.disabled !== true,
      }
      const answer = await client.request(createMutation, { input }, { signal })
      const { server, refresh } = payloadOf(answer.createMcpServer)
      if (output.isJson) output.printJson({ server })
      else output.print(`Added ${printable(server.name)} (${server.id})`)
      return refresh ? exitCodes.done : exitCodes.done
    },
  )
  addServerOptions(command)
    .option('--no-refresh', 'do not read its tools now')
    .option('--disabled', 'let it neither be refreshed nor run, for now')
}
