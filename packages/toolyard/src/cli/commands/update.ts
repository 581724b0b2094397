import type { Command } from 'commander'
import { exitCodes, UsageError } from '../../base/command-error.ts'
import { type ProgramProcess, type RegistryFlags, registryCommand } from '../../command/command.ts'
import { createSecretReader } from '../../flags/secret-flags.ts'
import {
  addPatchOptions,
  type GivenPatchFlags,
  readServerFlags,
  toConfigPatch,
  toServerInput,
} from '../../flags/server-flags.ts'
import { printable } from '../../output/printable.ts'
import { payloadOf } from '../../queries/exit-codes.ts'
import { updateMutation } from '../../queries/server-mutations.ts'
import { findServer } from '../../queries/servers.ts'

interface UpdateFlags extends RegistryFlags, GivenPatchFlags {
  readonly rename?: string
  readonly enable?: boolean
  readonly disable?: boolean
}

const kinds = { STDIO: 'stdio', SSE: 'sse', STREAMABLE_HTTP: 'streamableHttp' } as const

export function addUpdateCommand(program: Command, process: ProgramProcess): void {
  const command = registryCommand(
    program,
    process,
    {
      usage: 'update <name> [target...]',
      description: 'change a server: its URL, or -- and its command; everything else stays as it is',
      reads: false,
    },
    async (context, flags: UpdateFlags, name: string, operands: readonly string[]) => {
      const { client, signal, output } = context
      const { rename, enable = false, disable = false } = flags
      if (enable && disable) throw new UsageError('--enable and --disable: expected one of them')
      const server = await findServer(client, name, signal)
      const given = await readServerFlags(flags, createSecretReader(context))
      const config = toConfigPatch(kinds[server.transport], operands, given)
      const input = {
        ...toServerInput(flags),
        ...(rename === undefined ? {} : { name: rename }),
        ...(enable || disable ? { enabled: enable } : {}),
        ...(config === undefined ? {} : { config }),
      }
      if (Object.keys(input).length === 0) {
        throw new UsageError('nothing to change; toolyard update --help lists the options')
      }
      const answer = await client.request(updateMutation, { input: { id: server.id, ...input } }, { signal })
      const { server: updated, changed } = payloadOf(answer.updateMcpServer)
      if (output.isJson) output.printJson({ changed, server: updated })
      else if (changed) output.print(`Updated ${printable(updated.name)}, now at revision ${updated.revision}`)
      else output.print(`${printable(updated.name)} is unchanged: it already has these values`)
      if (changed && config !== undefined)
        output.note(`To refresh its tools: toolyard refresh ${printable(updated.name)}`)
      return exitCodes.done
    },
  )
  addPatchOptions(command)
    .option('--rename <name>', 'another name')
    .option('--enable', 'allow refreshes and runs')
    .option('--disable', 'forbid refreshes and runs')
}
