import type { Command } from 'commander'
import { exitCodes } from '../../base/command-error.ts'
import { type ProgramProcess, type RegistryFlags, registryCommand } from '../../command/command.ts'
import { printable, shown } from '../../output/printable.ts'
import { type PromptFields, readPrompts } from '../../queries/features.ts'
import { findServer } from '../../queries/servers.ts'

/** The arguments, those in brackets that may be left out. */
function argumentsOf({ arguments: all }: PromptFields): string {
  return all.map(({ name, required }) => (required ? name : `[${name}]`)).join(' ')
}

export function addPromptsCommand(program: Command, process: ProgramProcess): void {
  registryCommand(
    program,
    process,
    { usage: 'prompts [name]', description: 'show the prompts, or those of a server', reads: true },
    async ({ client, signal, output, name: place }, _: RegistryFlags, name: string | undefined) => {
      const server = name === undefined ? undefined : await findServer(client, name, signal)
      const prompts = await readPrompts(client, server, signal)
      const rows = prompts.map((prompt) => [
        shown(`${prompt.server.name}/${prompt.name}`),
        shown(argumentsOf(prompt)),
        shown(prompt.title ?? prompt.description ?? ''),
      ])
      if (output.isJson) output.printJson(prompts)
      else if (rows.length > 0) output.printTable(['PROMPT', 'ARGUMENTS', 'DESCRIPTION'], rows)
      else output.print(`No prompts in ${printable(server?.name ?? place)}; toolyard refresh reads them`)
      return exitCodes.done
    },
  )
}
