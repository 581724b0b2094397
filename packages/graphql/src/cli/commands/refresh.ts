import type { Command } from 'commander'
import { graphql } from '../../client/document.ts'
import { addCallOptions, type CallFlags, callInput } from '../call-options.ts'
import { type CommandContext, type ProgramProcess, type RegistryFlags, registryCommand } from '../command.ts'
import { type ExitCode, exitCodes, UsageError } from '../command-error.ts'
import type { ServerFields } from '../documents.ts'
import { followRefresh } from '../follow-refresh.ts'
import { printRefreshes, type RefreshResult } from '../output/print-refreshes.ts'
import { createRefreshLines, type RefreshLines } from '../output/refresh-lines.ts'
import { commandError, refusal } from '../refusals.ts'
import { findServers, readServers } from '../servers.ts'

interface RefreshFlags extends RegistryFlags, CallFlags {
  readonly all?: boolean
  readonly label?: string
  readonly events?: boolean
}

const refreshServer = graphql(
  `mutation Refresh($input: RefreshMcpServerInput!) {
    refreshMcpServer(input: $input) {
      __typename
      ... on RefreshMcpServerPayload { deduplicated refresh { id } }
      ...Refusal
    }
  }`,
  [refusal],
)

/** As many as a registry refreshes at a time when it is asked for all. */
const atATime = 8

async function selectServers(
  { client, signal, name: place }: CommandContext,
  names: readonly string[],
  { all, label }: RefreshFlags,
): Promise<readonly Pick<ServerFields, 'id' | 'name'>[]> {
  const isSelection = all === true || label !== undefined
  if (isSelection === names.length > 0) throw new UsageError('refresh: expected names of servers, --label, or --all')
  if (!isSelection) return findServers(client, names, signal)
  const filter = { enabled: true, ...(label === undefined ? {} : { label: { eq: label } }) }
  const servers = await readServers(client, filter, signal)
  if (servers.length > 0) return servers
  throw new UsageError(
    label === undefined ? `there is no enabled server in ${place}` : `no enabled server has the label "${label}"`,
  )
}

async function refreshOne(
  context: CommandContext,
  server: Pick<ServerFields, 'id' | 'name'>,
  flags: RefreshFlags,
  lines: RefreshLines,
): Promise<RefreshResult> {
  const { client, output } = context
  const { timeout, events } = flags
  const input = {
    id: server.id,
    ...callInput(flags),
    ...(timeout === undefined ? {} : { timeouts: { maxTotalMs: timeout } }),
  }
  // Without the signal: a refresh that has begun is one that can be cancelled, once its id is known.
  const { refreshMcpServer: result } = await client.request(refreshServer, { input })
  if (result?.__typename !== 'RefreshMcpServerPayload') {
    const { code = 'INTERNAL', message = 'The server answered nothing to a mutation' } = result ?? {}
    lines.refuse(server.name, `${code}: ${message}`)
    return { serverName: server.name, refused: { code, message } }
  }
  const { deduplicated, refresh } = result
  if (deduplicated) lines.tell(`${server.name}: joined the refresh that was already running`)
  const outcome = await followRefresh(
    context,
    { refreshId: refresh.id, serverName: server.name },
    { lines, ...(events ? { onEvent: output.printJson } : {}) },
  )
  return { ...outcome, deduplicated }
}

function exitCodeOf(results: readonly RefreshResult[], wanted: number): ExitCode {
  const hasFailed = results.some((result) => 'refresh' in result && result.refresh.status !== 'SUCCEEDED')
  if (hasFailed || results.length < wanted) return exitCodes.failed
  for (const result of results) {
    if ('refused' in result) return commandError(result.refused.code, result.refused.message).exitCode
  }
  return exitCodes.done
}

async function refresh(context: CommandContext, flags: RefreshFlags, names: readonly string[]): Promise<ExitCode> {
  const { output, signal } = context
  const servers = await selectServers(context, names, flags)
  const results: (RefreshResult | undefined)[] = []
  {
    using lines = await createRefreshLines(context, {
      serverNames: servers.map(({ name }) => name),
      isLive: output.isLive && !flags.events,
    })
    const waiting = servers.entries()
    const worker = async () => {
      for (const [index, server] of waiting) {
        if (signal.aborted) return
        results[index] = await refreshOne(context, server, flags, lines)
      }
    }
    await Promise.all(Array.from({ length: Math.min(atATime, servers.length) }, worker))
  }
  const ended = results.flatMap((result) => result ?? [])
  if (!flags.events) printRefreshes(output, ended)
  if (ended.length < servers.length) output.note(`${servers.length - ended.length} were not started`)
  return exitCodeOf(ended, servers.length)
}

export function addRefreshCommand(program: Command, process: ProgramProcess): void {
  const command = registryCommand(
    program,
    process,
    { usage: 'refresh [names...]', description: 'read the tools of servers anew', reads: false },
    refresh,
  )
    .option('--all', 'all enabled servers')
    .option('--label <label>', 'all enabled servers with this label')
    .option('--events', 'print each event as one line of JSON, as it happens')
  addCallOptions(command, 'each refresh')
}
