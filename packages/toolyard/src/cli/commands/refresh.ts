import { graphql } from '@toolyard/graphql/client/documents'
import type { Command } from 'commander'
import { type ExitCode, exitCodes, UsageError } from '../../base/command-error.ts'
import { type CommandContext, type ProgramProcess, type RegistryFlags, registryCommand } from '../../command/command.ts'
import { addCallOptions, type CallFlags, callInput } from '../../flags/run-flags.ts'
import { followRefresh } from '../../jobs/follow-refresh.ts'
import { printable } from '../../output/printable.ts'
import type { ServerFields } from '../../queries/documents.ts'
import { commandError, refusal } from '../../queries/exit-codes.ts'
import { previewRefresh } from '../../queries/refresh-preview.ts'
import { findServers, readServers } from '../../queries/servers.ts'
import { noteConnectHint } from '../../views/note-connect-hint.ts'
import { printPreview } from '../../views/print-preview.ts'
import { printRefreshes, type RefreshResult } from '../../views/print-refreshes.ts'
import { createRefreshLines, type RefreshLines } from '../../views/refresh-lines.ts'

interface RefreshFlags extends RegistryFlags, CallFlags {
  readonly all?: boolean
  readonly label?: string
  readonly events?: boolean
  readonly dryRun?: boolean
  readonly renegotiate?: boolean
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

/** Maximum number of refreshes at a time, as in a registry that refreshes all its servers. */
const atATime = 8

async function selectServers(
  { client, signal, name: place }: CommandContext,
  names: readonly string[],
  { all, label }: RefreshFlags,
): Promise<readonly Selected[]> {
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

type Selected = Pick<ServerFields, 'id' | 'name'>

function inputOf({ id }: Selected, flags: RefreshFlags) {
  const timeouts = flags.timeout === undefined ? {} : { timeouts: { maxTotalMs: flags.timeout } }
  return { id, ...callInput(flags), ...timeouts, ...(flags.renegotiate ? { renegotiate: true } : {}) }
}

async function refreshOne(
  context: CommandContext,
  server: Selected,
  flags: RefreshFlags,
  lines: RefreshLines,
): Promise<RefreshResult> {
  const { client, output } = context
  const { events } = flags
  const input = inputOf(server, flags)
  // Without the signal: a started refresh can be cancelled once its id is known.
  const { refreshMcpServer: result } = await client.request(refreshServer, { input })
  if (result?.__typename !== 'RefreshMcpServerPayload') {
    const { code = 'INTERNAL', message = 'The server answered nothing to a mutation' } = result ?? {}
    lines.refuse(server.name, `${code}: ${message}`)
    return { serverName: server.name, refused: { code, message } }
  }
  const { deduplicated, refresh } = result
  if (deduplicated) lines.note(`${server.name}: joined the refresh that was already running`)
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

/** Prints what refreshes would change; nothing is stored. */
async function preview(context: CommandContext, flags: RefreshFlags, servers: readonly Selected[]): Promise<ExitCode> {
  const { client, output, signal } = context
  const previews = []
  let code: ExitCode = exitCodes.done
  for (const server of servers) {
    const result = await previewRefresh(client, inputOf(server, flags), signal)
    previews.push({ serverName: server.name, preview: result })
    if (result?.__typename === 'PreviewMcpServerRefreshPayload') {
      if (!output.isJson) printPreview(output, server.name, result)
      continue
    }
    const { code: errorCode = 'INTERNAL', message = 'The server answered nothing to a mutation' } = result ?? {}
    code = commandError(errorCode, message).exitCode
    if (!output.isJson) output.note(`${printable(server.name)}: ${errorCode}: ${printable(message)}`)
    if (result?.__typename === 'McpError') await noteConnectHint(context, server.id, result)
  }
  if (output.isJson) output.printJson(previews)
  return code
}

async function refresh(context: CommandContext, flags: RefreshFlags, names: readonly string[]): Promise<ExitCode> {
  const { output, signal } = context
  if (flags.dryRun && flags.renegotiate) throw new UsageError('--dry-run does not renegotiate')
  if (flags.dryRun && flags.events) throw new UsageError('--dry-run has no events')
  const servers = await selectServers(context, names, flags)
  if (flags.dryRun) return preview(context, flags, servers)
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
  for (const result of ended) {
    if ('refresh' in result) await noteConnectHint(context, result.refresh.server?.id, result.refresh.error)
  }
  if (ended.length < servers.length) output.note(`${servers.length - ended.length} were not started`)
  return exitCodeOf(ended, servers.length)
}

export function addRefreshCommand(program: Command, process: ProgramProcess): void {
  const command = registryCommand(
    program,
    process,
    { usage: 'refresh [names...]', description: 'refresh the tools of servers', reads: false },
    refresh,
  )
    .option('--all', 'all enabled servers')
    .option('--label <label>', 'all enabled servers with this label')
    .option('--dry-run', 'only show what would change')
    .option('--renegotiate', 'ask each server for its protocol era anew')
    .option('--events', 'print each event as one line of JSON, as it happens')
  addCallOptions(command, 'each refresh')
}
