import type { Command } from 'commander'
import { GraphQLClientError } from '../../client/answer.ts'
import { followEvents } from '../../client/follow-events.ts'
import { type CommandContext, type ProgramProcess, type RegistryFlags, registryCommand } from '../command.ts'
import { type ExitCode, exitCodes } from '../command-error.ts'
import { type FeedEvent, feed } from '../feed.ts'
import { connectionInWords } from '../output/connection-in-words.ts'
import { feedLine } from '../output/feed-line.ts'
import { findServer, readServers } from '../servers.ts'

interface WatchFlags extends RegistryFlags {
  readonly after?: string
}

/** A heartbeat has the last cursor: what happens while a server is away is not missed, whatever came before. */
const heartbeatMs = 1_000

/** Names by id, for what is told of by its id alone. */
async function readNames({ client, signal }: CommandContext, name: string | undefined): Promise<Map<string, string>> {
  const servers =
    name === undefined ? await readServers(client, null, signal) : [await findServer(client, name, signal)]
  return new Map(servers.map((server) => [server.id, server.name]))
}

async function* readFeed(
  { client, signal }: CommandContext,
  variables: { readonly serverId?: string; readonly after?: string },
  onOpen: () => void,
): AsyncGenerator<FeedEvent, void, undefined> {
  for await (const { mcpServerEvents } of client.subscribe(feed, { ...variables, heartbeatMs }, { signal, onOpen })) {
    yield mcpServerEvents
  }
}

async function watch(context: CommandContext, flags: WatchFlags, serverName: string | undefined): Promise<ExitCode> {
  const { signal, output, name: place } = context
  try {
    const names = await readNames(context, serverName)
    const [serverId] = serverName === undefined ? [] : names.keys()
    const events = followEvents<FeedEvent>({
      subscribe: (after = flags.after, onOpen) =>
        readFeed(
          context,
          { ...(serverId === undefined ? {} : { serverId }), ...(after === undefined ? {} : { after }) },
          onOpen,
        ),
      cursorOf: ({ cursor }) => cursor,
      signal,
      // Until whoever watches leaves.
      giveUpMs: Number.POSITIVE_INFINITY,
      onConnection: (state) => output.note(connectionInWords(state, place)),
    })
    for await (const event of events) {
      if (event.__typename === 'Heartbeat') continue
      if (output.isJson) output.printJson(event)
      else output.print(feedLine(output, event, (id) => names.get(id)))
      if ('server' in event) names.set(event.server.id, event.server.name)
    }
  } catch (error) {
    // There is no other way to leave than to end it.
    if (!signal.aborted || !(error instanceof GraphQLClientError)) throw error
  }
  return exitCodes.done
}

export function addWatchCommand(program: Command, process: ProgramProcess): void {
  registryCommand(
    program,
    process,
    { usage: 'watch [name]', description: 'show what happens to the servers, until Ctrl-C', reads: true },
    watch,
  ).option('--after <cursor>', 'begin behind this event; --json shows the cursor of each')
}
