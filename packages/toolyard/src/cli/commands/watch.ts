import { followEvents } from '@toolyard/graphql/client'
import type { Command } from 'commander'
import { type ExitCode, exitCodes } from '../../base/command-error.ts'
import { type CommandContext, type ProgramProcess, type RegistryFlags, registryCommand } from '../../command/command.ts'
import { feed } from '../../queries/feed.ts'
import { findServer, readServers } from '../../queries/servers.ts'
import { connectionInWords } from '../../views/describe-connection.ts'
import { feedLine } from '../../views/feed-line.ts'

interface WatchFlags extends RegistryFlags {
  readonly after?: string
}

/** Interval between heartbeats, in ms. Each has the last cursor, so that no event is missed while a server is away. */
const heartbeatMs = 1_000

/** Names of servers by id, for events that have only the id. */
async function readNames({ client, signal }: CommandContext, name: string | undefined): Promise<Map<string, string>> {
  const servers =
    name === undefined ? await readServers(client, null, signal) : [await findServer(client, name, signal)]
  return new Map(servers.map((server) => [server.id, server.name]))
}

async function watch(context: CommandContext, flags: WatchFlags, serverName: string | undefined): Promise<ExitCode> {
  const { client, signal, output, name: place } = context
  const names = await readNames(context, serverName)
  const [serverId] = serverName === undefined ? [] : names.keys()
  const variables = {
    heartbeatMs,
    ...(serverId === undefined ? {} : { serverId }),
    ...(flags.after === undefined ? {} : { after: flags.after }),
  }
  const events = followEvents(client, feed, variables, {
    signal,
    // Follows until the user ends the command.
    giveUpMs: Number.POSITIVE_INFINITY,
    onConnection: (state) => output.note(connectionInWords(state, place)),
  })
  for await (const event of events) {
    if (event.__typename === 'Heartbeat') continue
    if (output.isJson) output.printJson(event)
    else output.print(feedLine(output, event, (id) => names.get(id)))
    if ('server' in event) names.set(event.server.id, event.server.name)
  }
  return exitCodes.done
}

export function addWatchCommand(program: Command, process: ProgramProcess): void {
  registryCommand(
    program,
    process,
    { usage: 'watch [name]', description: 'show what happens to the servers, until Ctrl-C', reads: true },
    watch,
  ).option('--after <cursor>', 'start after this cursor; --json shows the cursor of each event')
}
