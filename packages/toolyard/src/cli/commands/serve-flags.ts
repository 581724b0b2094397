import type { Command } from 'commander'
import type { ProgramProcess } from '../../command/command.ts'
import { addSettings } from '../../settings/settings.ts'

export function addServeCommand(program: Command, process: ProgramProcess): void {
  const command = program
    .command('serve')
    .description('serve the GraphQL API; every flag can be set by the environment variable beside it')
    .action(async (flags: Readonly<Record<string, string>>) => {
      // Only when they are wanted: the second needs all of the library.
      const { beginStart } = await import('../../serve/heap.ts')
      beginStart()
      const { serve } = await import('./serve.ts')
      process.exitWith(await serve(flags, process.env))
    })
  addSettings(command)
}
