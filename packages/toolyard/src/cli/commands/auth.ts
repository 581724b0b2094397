import type { Command } from 'commander'
import { type ExitCode, exitCodes, UsageError } from '../../base/command-error.ts'
import { type CommandContext, type ProgramProcess, type RegistryFlags, registryCommand } from '../../command/command.ts'
import { collect } from '../../flags/parse-flag.ts'
import { printable } from '../../output/printable.ts'
import { disconnectAuthMutation } from '../../queries/auth-mutations.ts'
import type { ServerFields } from '../../queries/documents.ts'
import { payloadOf } from '../../queries/exit-codes.ts'
import { findServer } from '../../queries/servers.ts'
import { printAuth } from '../../views/print-auth.ts'

interface AuthFlags extends RegistryFlags {
  /** False to open none. */
  readonly browser: boolean
  readonly scope?: readonly string[]
  readonly status?: boolean
  readonly disconnect?: boolean
}

/** Throws UsageError for a server that cannot use OAuth as it is configured. */
function assertMayUseOAuth(server: ServerFields): void {
  const name = printable(server.name)
  if (server.__typename === 'StdioMcpServer') {
    throw new UsageError(`${name} is a stdio server: it takes its credentials from its environment, not by OAuth`)
  }
  if (server.auth?.__typename === 'HeaderAuth') {
    const header = printable(server.auth.header)
    throw new UsageError(`${name} sends the header ${header}; toolyard update ${name} --oauth sets OAuth in its place`)
  }
}

async function disconnect({ client, output, signal }: CommandContext, { id }: ServerFields): Promise<ExitCode> {
  const answer = await client.request(disconnectAuthMutation, { input: { serverId: id } }, { signal })
  const { server } = payloadOf(answer.disconnectMcpAuth)
  if (output.isJson) output.printJson({ server })
  else output.print(`Disconnected ${printable(server.name)}; its tokens are dropped`)
  return exitCodes.done
}

async function auth(context: CommandContext, flags: AuthFlags, name: string): Promise<ExitCode> {
  const { browser, scope = [], status = false, disconnect: isDisconnected = false } = flags
  if (status && isDisconnected) throw new UsageError('--status and --disconnect: expected one of them')
  const only = status ? '--status' : isDisconnected ? '--disconnect' : undefined
  if (only !== undefined && scope.length > 0) throw new UsageError(`${only}: expected no --scope`)
  if (only !== undefined && !browser) throw new UsageError(`${only}: expected no --no-browser`)
  const server = await findServer(context.client, name, context.signal)
  assertMayUseOAuth(server)
  if (status) {
    printAuth(context.output, server)
    return exitCodes.done
  }
  if (isDisconnected) return await disconnect(context, server)
  // Loaded on use: the other two need no listener.
  const { connectServer } = await import('../connect-server.ts')
  return await connectServer(context, server, { scopes: scope, isPasted: !browser })
}

export function addAuthCommand(program: Command, process: ProgramProcess): void {
  registryCommand(
    program,
    process,
    {
      usage: 'auth <name>',
      description: 'connect a server by OAuth: its owner allows the access in a browser',
      reads: (flags: AuthFlags) => flags.status === true,
    },
    auth,
  )
    .option('--no-browser', 'open no browser; the address that the browser came back to may be pasted')
    .option('--scope <scope>', 'a scope to ask for beside those that the server asks for; may be repeated', collect)
    .option('--status', 'only show the state of the connection, and what to do')
    .option('--disconnect', 'drop the tokens, and revoke them if the authorization server can')
}
