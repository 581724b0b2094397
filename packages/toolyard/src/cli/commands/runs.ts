import { followEvents } from '@toolyard/graphql/client'
import { graphql } from '@toolyard/graphql/client/documents'
import { type Command, InvalidArgumentError } from 'commander'
import type { VariablesOf } from 'gql.tada'
import { type ExitCode, exitCodes, UsageError } from '../../base/command-error.ts'
import { type CommandContext, type ProgramProcess, type RegistryFlags, registryCommand } from '../../command/command.ts'
import { parsePast, pastForms } from '../../flags/point-in-time.ts'
import { cancelJob } from '../../jobs/follow-job.ts'
import { isLastOfRun } from '../../jobs/follow-run.ts'
import { printable } from '../../output/printable.ts'
import { everyNode } from '../../queries/paginate.ts'
import {
  type Run,
  type RunSummary,
  runEventOf,
  runEvents,
  runFields,
  runOf,
  runSummary,
} from '../../queries/run-documents.ts'
import { findServer } from '../../queries/servers.ts'
import { integer } from '../../settings/parse-setting.ts'
import { findTool } from '../../tools/find-tool.ts'
import { connectionInWords } from '../../views/describe-connection.ts'
import { printRun, printRuns } from '../../views/print-runs.ts'

interface RunsFlags extends RegistryFlags {
  readonly limit?: number
  readonly server?: string
  readonly tool?: string
  readonly status?: readonly RunSummary['status'][]
  readonly since?: Date
  readonly events?: boolean
  readonly cancel?: string
}

const runsQuery = graphql(
  `query Runs($first: Int, $after: String, $filter: ToolRunFilter) {
    toolRuns(first: $first, after: $after, filter: $filter) {
      nodes { ...RunSummary }
      pageInfo { hasNextPage endCursor }
    }
  }`,
  [runSummary],
)
const runQuery = graphql(`query ToolRun($id: ID!) { toolRun(id: $id) { ...RunFields } }`, [runFields])

type Filter = NonNullable<VariablesOf<typeof runsQuery>['filter']>

const statuses: readonly RunSummary['status'][] = [
  'QUEUED',
  'RUNNING',
  'AWAITING_APPROVAL',
  'INPUT_REQUIRED',
  'SUCCEEDED',
  'FAILED',
  'TIMED_OUT',
  'CANCELED',
  'OUTCOME_UNKNOWN',
]

function parseStatuses(text: string): readonly RunSummary['status'][] {
  const names = text.split(',').map((name) => name.trim().toUpperCase().replaceAll('-', '_'))
  const known = statuses.filter((status) => names.includes(status))
  if (known.length === names.length) return known
  throw new InvalidArgumentError(`Expected one or several of ${statuses.join(',')}.`)
}

function parseSince(text: string): Date {
  const date = parsePast(text, Date.now())
  if (date) return date
  throw new InvalidArgumentError(`Expected ${pastForms}.`)
}

const parseCount = integer(1_000_000)

function parseLimit(text: string): number {
  const limit = parseCount(text)
  if (!limit) throw new InvalidArgumentError('Expected a whole number of at least 1.')
  return limit
}

async function filterOf({ client, signal }: CommandContext, flags: RunsFlags): Promise<Filter> {
  const { server, tool, status, since } = flags
  const [ofServer, ofTool] = await Promise.all([
    // The history of a server outlives it, and is found by its id.
    server === undefined || server.startsWith('mcps_')
      ? server
      : findServer(client, server, signal).then(({ id }) => id),
    tool === undefined || tool.startsWith('tool_') ? tool : findTool(client, tool, signal).then(({ id }) => id),
  ])
  return {
    ...(ofServer === undefined ? {} : { serverId: [ofServer] }),
    ...(ofTool === undefined ? {} : { toolId: [ofTool] }),
    ...(status ? { status: [...status] } : {}),
    ...(since ? { createdAt: { gte: since.toISOString() } } : {}),
  }
}

async function list(context: CommandContext, flags: RunsFlags): Promise<ExitCode> {
  const { client, signal, output } = context
  const { limit = 20 } = flags
  const filter = await filterOf(context, flags)
  const nodes = everyNode(
    async (page) => (await client.request(runsQuery, { ...page, filter }, { signal })).toolRuns,
    limit,
  )
  const runs = await Array.fromAsync(nodes)
  if (output.isJson) output.printJson(runs)
  else printRuns(output, runs)
  return exitCodes.done
}

async function findRun({ client, signal }: CommandContext, id: string): Promise<Run> {
  const { toolRun } = await client.request(runQuery, { id }, { signal })
  if (toolRun) return runOf(toolRun)
  throw new UsageError(`there is no run "${printable(id.slice(0, 100))}"; toolyard runs shows the latest`)
}

async function show(context: CommandContext, id: string, events: boolean): Promise<ExitCode> {
  const { output } = context
  const run = await findRun(context, id)
  if (events) await printEvents(context, id)
  else if (output.isJson) output.printJson(run)
  else printRun(output, run)
  return exitCodes.done
}

/** Prints all events until the run has ended. An interruption does not end the run. */
async function printEvents({ client, signal, output, name }: CommandContext, runId: string): Promise<void> {
  const events = followEvents(
    client,
    runEvents,
    { runId },
    { isLast: isLastOfRun, signal, onConnection: (state) => output.note(connectionInWords(state, name)) },
  )
  for await (const event of events) output.printJson(runEventOf(event))
}

async function cancel(context: CommandContext, id: string): Promise<ExitCode> {
  const { client, output } = context
  await findRun(context, id)
  const status = await cancelJob(client, id, { reason: 'canceled at the command line' })
  if (output.isJson) output.printJson(await findRun(context, id))
  else output.print(`${id} ${status}`)
  return exitCodes.done
}

async function runs(context: CommandContext, flags: RunsFlags, id: string | undefined): Promise<ExitCode> {
  const { limit, server, tool, status, since, events = false } = flags
  const isFiltered = [limit, server, tool, status, since].some((flag) => flag !== undefined)
  if ((id !== undefined || flags.cancel !== undefined) && isFiltered) {
    throw new UsageError('runs: expected the id of a run, or what to select runs by')
  }
  if (flags.cancel !== undefined) {
    if (id !== undefined || events) throw new UsageError('runs: expected --cancel with an id and nothing else')
    return cancel(context, flags.cancel)
  }
  if (id !== undefined) return show(context, id, events)
  if (events) throw new UsageError('runs: --events wants the id of a run')
  return list(context, flags)
}

export function addRunsCommand(program: Command, process: ProgramProcess): void {
  registryCommand(
    program,
    process,
    { usage: 'runs [id]', description: 'show the latest runs, or one with its args and result', reads: true },
    runs,
  )
    .option('--limit <count>', 'maximum number (default 20)', parseLimit)
    .option('--server <name>', 'only runs of this server')
    .option('--tool <tool>', 'only runs of this tool, as NAME/TOOL')
    .option('--status <status>', 'only with this status, or with one of several', parseStatuses)
    .option('--since <time>', `only runs since then: ${pastForms}`, parseSince)
    .option('--events', 'of one run: print each event as one line of JSON, until it has ended')
    .option('--cancel <id>', 'cancel this run')
}
