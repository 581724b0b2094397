import { graphql } from '@toolyard/graphql/client/documents'
import type { Command } from 'commander'
import { exitCodes, UsageError } from '../../base/command-error.ts'
import { type CommandContext, type ProgramProcess, type RegistryFlags, registryCommand } from '../../command/command.ts'
import { oneOf } from '../../flags/parse-flag.ts'
import { type ApprovalPolicy, approvalPolicies } from '../../flags/server-flags.ts'
import { printable } from '../../output/printable.ts'
import { payloadOf, refusal } from '../../queries/exit-codes.ts'
import { findServer } from '../../queries/servers.ts'
import { findTool, readTools, type ToolFields, toolFields } from '../../queries/tools.ts'
import { hintForServer } from '../../views/connect-hint.ts'
import { printTool, printTools } from '../../views/print-tools.ts'
import { noteStderr } from '../../views/refresh-lines.ts'

interface ToolsFlags extends RegistryFlags {
  readonly quarantined?: boolean
  readonly removed?: boolean
  readonly enable?: boolean
  readonly disable?: boolean
  readonly approve?: boolean
  readonly approval?: ApprovalPolicy | 'SERVER'
}

const setMutation = graphql(
  `mutation SetTool($input: SetMcpToolInput!) {
    setMcpTool(input: $input) { __typename ... on SetMcpToolPayload { tool { ...ToolFields } } ...Refusal }
  }`,
  [toolFields, refusal],
)
const approveMutation = graphql(
  `mutation ApproveTool($input: ApproveMcpToolInput!) {
    approveMcpTool(input: $input) { __typename ... on ApproveMcpToolPayload { tool { ...ToolFields } } ...Refusal }
  }`,
  [toolFields, refusal],
)

/** Whether a server has this name, which comes first, as it may contain a slash. */
async function isServer({ client, signal }: CommandContext, name: string): Promise<boolean> {
  return findServer(client, name, signal).then(
    () => true,
    (error: unknown) => {
      if (error instanceof UsageError) return false
      throw error
    },
  )
}

async function change({ client, signal }: CommandContext, tool: ToolFields, flags: ToolsFlags): Promise<ToolFields> {
  let changed = tool
  if (flags.approve) {
    const pending = tool.quarantine ?? tool.heldHints
    if (!pending) throw new UsageError(`"${tool.name}" has no pending definition`)
    const input = { id: tool.id, digest: pending.digest }
    changed = payloadOf((await client.request(approveMutation, { input }, { signal })).approveMcpTool).tool
  }
  if (flags.enable || flags.disable || flags.approval) {
    const input = {
      id: tool.id,
      ...(flags.enable || flags.disable ? { enabled: flags.enable === true } : {}),
      ...(flags.approval ? { approvalPolicy: flags.approval === 'SERVER' ? null : flags.approval } : {}),
    }
    changed = payloadOf((await client.request(setMutation, { input }, { signal })).setMcpTool).tool
  }
  return changed
}

async function showTool(context: CommandContext, flags: ToolsFlags, reference: string): Promise<void> {
  const { client, signal, output } = context
  const tool = await change(context, await findTool(client, reference, signal), flags)
  if (output.isJson) output.printJson(tool)
  else printTool(output, tool)
}

async function showTools(context: CommandContext, flags: ToolsFlags, name: string | undefined): Promise<void> {
  const { client, signal, output } = context
  const server = name === undefined ? undefined : await findServer(client, name, signal)
  const filter = {
    ...(server ? { serverId: [server.id] } : {}),
    ...(flags.quarantined ? { quarantined: true } : {}),
    includeRemoved: flags.removed === true,
  }
  const tools = await readTools(client, filter, signal)
  if (output.isJson) output.printJson(tools)
  else if (tools.length > 0) printTools(output, tools)
  else if (server?.health.lastError) {
    const { lastError } = server.health
    const reason = `${lastError.code}: ${printable(lastError.message)}`
    output.print(`${printable(server.name)} has no tools, as it failed: ${reason}`)
    noteStderr(output, lastError)
    const hint = hintForServer(server)
    if (hint !== undefined) output.note(hint)
  } else {
    output.print(`No tools in ${printable(server?.name ?? context.name)}; toolyard refresh reads them`)
  }
}

export function addToolsCommand(program: Command, process: ProgramProcess): void {
  registryCommand(
    program,
    process,
    {
      usage: 'tools [name]',
      description: 'show the tools, those of a server, or one tool whole: SERVER/TOOL',
      reads: false,
    },
    async (context, flags: ToolsFlags, name: string | undefined) => {
      const changes = Boolean(flags.enable || flags.disable || flags.approve || flags.approval)
      if (flags.enable && flags.disable) throw new UsageError('--enable and --disable: expected one of them')
      const isOne = name?.includes('/') === true && (changes || !(await isServer(context, name)))
      if (changes && !isOne)
        throw new UsageError('--enable, --disable, --approve and --approval are for one tool: SERVER/TOOL')
      await (isOne ? showTool(context, flags, name) : showTools(context, flags, name))
      return exitCodes.done
    },
  )
    .option('--quarantined', 'only those with a pending definition')
    .option('--removed', 'also those that their servers no longer list')
    .option('--enable', 'allow runs of the tool')
    .option('--disable', 'forbid runs of the tool')
    .option('--approve', 'accept the pending definition, or loosened hints')
    .option(
      '--approval <policy>',
      'runs of the tool that wait for an approval: never, destructive, always, or server for its policy',
      oneOf({ ...approvalPolicies, server: 'SERVER' }),
    )
}
