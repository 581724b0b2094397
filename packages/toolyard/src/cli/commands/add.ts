import type { Command } from 'commander'
import { type ExitCode, exitCodes } from '../../base/command-error.ts'
import { type CommandContext, type ProgramProcess, type RegistryFlags, registryCommand } from '../../command/command.ts'
import { createSecretReader } from '../../flags/secret-flags.ts'
import {
  addServerOptions,
  type GivenServerFlags,
  readServerFlags,
  toConfig,
  toServerInput,
} from '../../flags/server-flags.ts'
import { exitCodeOfRefreshes, followRefreshes } from '../../jobs/follow-refresh.ts'
import { printable } from '../../output/printable.ts'
import type { ServerFields } from '../../queries/documents.ts'
import { payloadOf } from '../../queries/exit-codes.ts'
import { createMutation } from '../../queries/server-mutations.ts'
import { findServer } from '../../queries/servers.ts'
import { connectHint, wantsOAuth } from '../../views/connect-hint.ts'
import { failureOf, noteStderr } from '../../views/refresh-lines.ts'

interface AddFlags extends RegistryFlags, GivenServerFlags {
  /** False to refresh nothing. */
  readonly refresh: boolean
  readonly disabled?: boolean
}

/** Waits for the first refresh of an added server, which stays even if the refresh fails. */
async function awaitTools(context: CommandContext, added: ServerFields, refreshId: string): Promise<ExitCode> {
  const { client, output, signal } = context
  const outcomes = await followRefreshes(context, [{ refreshId, serverName: added.name }])
  for (const { refresh } of outcomes) {
    const hint = wantsOAuth(added, refresh.error) ? connectHint(added) : undefined
    if (output.isJson) {
      output.printJson({ server: await findServer(client, added.id, signal), refresh })
      if (hint !== undefined) output.note(hint)
    } else if (refresh.status === 'SUCCEEDED') output.print(`It has ${refresh.added.length} tools`)
    else {
      const next = hint ?? `try again with: toolyard refresh ${printable(added.name)}`
      output.note(`Its tools could not be read: ${failureOf(refresh)}; ${next}`)
      noteStderr(output, refresh.error)
    }
  }
  return exitCodeOfRefreshes(outcomes)
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
        config: toConfig(operands, await readServerFlags(flags, createSecretReader(context))),
        ...toServerInput(flags),
        refresh: flags.refresh,
        enabled: flags.disabled !== true,
      }
      const answer = await client.request(createMutation, { input }, { signal })
      const { server, refresh } = payloadOf(answer.createMcpServer)
      if (!output.isJson) output.print(`Added ${printable(server.name)} (${server.id})`)
      if (refresh) return awaitTools(context, server, refresh.id)
      if (output.isJson) output.printJson({ server, refresh })
      return exitCodes.done
    },
  )
  addServerOptions(command)
    .option('--no-refresh', 'do not read its tools now')
    .option('--disabled', 'forbid refreshes and runs for now')
}
