import { createHash, randomUUID } from 'node:crypto'
import { dynamicTool, jsonSchema, type Tool, type ToolSet } from 'ai'
import { isRegistryError, RegistryError } from '../base/errors.ts'
import { withoutHiddenText } from '../base/hidden-text.ts'
import type { JsonObject } from '../base/json.ts'
import type { ToolApprovalPolicy } from '../model/approval-policy.ts'
import type { ToolFilter } from '../model/filters.ts'
import type { McpTool } from '../model/tool.ts'
import type { TenantRegistry } from '../registry/registry-api.ts'
import type { RunJob, RunOptions, ToolRun } from '../runs/api.ts'
import { descriptionOf, type ModelApi, parametersFor, withoutHidden } from '../tools/function-definition.ts'
import { toModelSchema } from '../tools/model-api/model-schema.ts'
import { isToolOutput, type ToolOutput, toModelOutput } from './model-output.ts'
import { ToolRunError } from './tool-run-error.ts'

export { type FeatureClient, type FeatureClientOptions, featureClient } from './feature-client.ts'
export { type ToolOutput, ToolRunError }

/** A call to approve. It has not run yet, so `input` need not fit the tool's schema. */
export interface ToolCall {
  readonly tool: McpTool
  readonly input: unknown
  readonly toolCallId: string
}

export interface ToolSetOptions {
  /** The tools of the set; never those that are disabled, removed, or new and not approved. @default all */
  readonly filter?: Omit<ToolFilter, 'enabled' | 'includeRemoved'>
  /**
   * Whether a user must approve a call before it runs. `toolApproval` of `generateText`, `streamText` and agents takes
   * precedence.
   * @default isDestructive, which asks for every tool that is not annotated as harmless
   */
  readonly needsApproval?: boolean | ((call: ToolCall) => boolean | Promise<boolean>)
  /**
   * Has the approval of the SDK decide runs that wait for one (`approvalPolicy`). Their tools need the SDK's approval then,
   * whatever `needsApproval` says, and the run of an approved call is APPROVED in the name of `run.actor`. Without it, such a
   * run waits for `runs.decide`, and the call waits for its end.
   * @default false
   */
  readonly decidesRuns?: boolean
  /**
   * The API of the model, whose form the schemas then have (`functionDefinition`). Without it, all three APIs take them, except
   * for names of properties that Anthropic refuses, and keywords that Gemini does not know.
   */
  readonly api?: ModelApi
  /**
   * Whether the model also gets text that users cannot see: of definitions (`McpTool.warnings`), results and errors. The
   * application gets it in the output of a call in any case.
   * @default false
   */
  readonly hiddenText?: boolean
  /**
   * Identifies the conversation. A call runs once for its id and this one, even after a restart (`RunOptions.idempotencyKey`):
   * the call ids of some providers are unique only within a conversation.
   * @default a random one for each set
   */
  readonly conversationId?: string
  /** Further options of each run. `metadata` also gets the call's id as `toolCallId`. */
  readonly run?: Omit<RunOptions, 'signal' | 'idempotencyKey'>
}

/** Whether a tool may be destructive, by its server's hints. Without hints, MCP's default is destructive unless read-only. */
export function isDestructive({ annotations }: Pick<McpTool, 'annotations'>): boolean {
  return annotations.readOnlyHint !== true && annotations.destructiveHint !== false
}

async function usableTools(
  registry: Pick<TenantRegistry, 'tools' | 'servers' | 'runs'>,
  filter: ToolFilter,
): Promise<UsableTool[]> {
  const tools: McpTool[] = []
  let after: string | undefined
  do {
    const { edges, pageInfo } = await registry.tools.list({ first: 100, after, filter })
    tools.push(...edges.map(({ node }) => node))
    after = pageInfo.hasNextPage ? (pageInfo.endCursor ?? undefined) : undefined
  } while (after !== undefined)
  const servers = await registry.servers.getMany([...new Set(tools.map(({ serverId }) => serverId))])
  return tools.flatMap((tool) => {
    const server = servers.get(tool.serverId)
    if (!server?.enabled || tool.quarantine?.kind === 'NEW') return []
    return [{ tool, waits: waitsBy(tool.approvalPolicy ?? server.approvalPolicy, tool) }]
  })
}

interface UsableTool {
  readonly tool: McpTool
  /** Whether its runs wait for an approval. */
  readonly waits: boolean
}

function waitsBy(policy: ToolApprovalPolicy, tool: McpTool): boolean {
  return policy === 'ALWAYS' || (policy === 'DESTRUCTIVE' && (isDestructive(tool) || tool.heldHints !== null))
}

/** The error without hidden text: the model sees it, and it may quote the server. */
function asShown(error: unknown): unknown {
  if (!isRegistryError(error) || withoutHiddenText(error.message) === error.message) return error
  const { code, message, path, details, retryable } = error
  const options = { retryable, details, cause: error, ...(path ? { path } : {}) }
  return new RegistryError(code, withoutHiddenText(message), options)
}

function keyOf(conversationId: string, toolCallId: string): string {
  return createHash('sha256')
    .update(JSON.stringify([conversationId, toolCallId]))
    .digest('hex')
}

/**
 * The tools of a registry for the AI SDK, by qualified name. The set holds the tools of now: make one for each
 * conversation, and another when tools have changed.
 *
 * A call runs its tool with the SDK's abort signal. If the run succeeds, the application gets a `ToolOutput`; the model
 * gets its text, its structured content, or its parts with images, audio and files. If the run fails or is refused, the
 * call throws a `ToolRunError` or `RegistryError`, which the SDK turns into an error result for the model.
 *
 * @throws INVALID_INPUT for a filter
 */
export async function toolSet(
  registry: Pick<TenantRegistry, 'tools' | 'servers' | 'runs'>,
  options: ToolSetOptions = {},
): Promise<ToolSet> {
  const { filter = {}, conversationId = randomUUID() } = options
  const tools = await usableTools(registry, { ...filter, enabled: true, includeRemoved: false })
  const context: ToolContext = { registry, options, conversationId }
  return Object.fromEntries(tools.map((usable) => [usable.tool.qualifiedName, toDynamicTool(usable, context)]))
}

/** The context that all tools of a set share. */
interface ToolContext {
  readonly registry: Pick<TenantRegistry, 'tools' | 'runs'>
  readonly options: ToolSetOptions
  readonly conversationId: string
}

function toDynamicTool({ tool, waits }: UsableTool, context: ToolContext): Tool {
  const { needsApproval, decidesRuns = false, api, hiddenText = false } = context.options
  const { id: toolId, serverId, name } = tool
  const shown = hiddenText ? tool : withoutHidden(tool)
  const { inputSchema, title } = shown
  const description = descriptionOf(shown)
  const decidesRun = decidesRuns && waits
  const decided = decidesRun || (needsApproval ?? isDestructive(tool))
  return dynamicTool({
    ...(title === null ? {} : { title }),
    ...(description === undefined ? {} : { description }),
    metadata: { toolId, serverId, name },
    // JSON Schema of a later draft than the one that the type has, and read-only.
    inputSchema: jsonSchema(() => (api ? parametersFor(inputSchema, api) : toModelSchema(inputSchema)) as object),
    needsApproval:
      typeof decided === 'function' ? (input, { toolCallId }) => decided({ tool, input, toolCallId }) : decided,
    execute: (input, { toolCallId, abortSignal }) =>
      execute(context, { tool, decidesRun, input, toolCallId }, abortSignal),
    // A client's messages may have another output in its place.
    toModelOutput: ({ output }) => {
      if (isToolOutput(output)) return toModelOutput(output, { hiddenText })
      const value = JSON.stringify(output) ?? ''
      return { type: 'text', value: hiddenText ? value : withoutHiddenText(value) }
    },
  })
}

/** Approves a run that waits, as the user has approved its call, and waits for its end. */
async function decided({ runs }: ToolContext['registry'], job: RunJob, { actor }: RunOptions): Promise<ToolRun> {
  const run = await job.result({ untilPaused: true })
  if (run.status === 'INPUT_REQUIRED') return job.result()
  if (run.status !== 'AWAITING_APPROVAL') return run
  try {
    const reason = 'the call was approved in the AI SDK'
    await runs.decide(job.id, { decision: 'APPROVED', reason, actor, mayDecideOwn: true })
  } catch (error) {
    // Another decision came first, or the tool changed since: the run says how it ends.
    if (!isRegistryError(error, 'INVALID_INPUT')) throw error
  }
  return job.result()
}

async function execute(
  { registry, options, conversationId }: ToolContext,
  { tool, decidesRun, input, toolCallId }: ToolCall & { readonly decidesRun: boolean },
  signal?: AbortSignal,
): Promise<ToolOutput> {
  const { hiddenText = false, run: runOptions = {} } = options
  // Models give anything; the registry refuses what is not an object, as it does all args that do not fit.
  const starting = registry.tools.start({ id: tool.id }, input as JsonObject, {
    ...runOptions,
    ...(signal === undefined ? {} : { signal }),
    idempotencyKey: keyOf(conversationId, toolCallId),
    metadata: { ...runOptions.metadata, toolCallId },
  })
  const run = await starting
    .then((job) => (decidesRun ? decided(registry, job, runOptions) : job.result()))
    .catch((error: unknown) => {
      throw hiddenText ? error : asShown(error)
    })
  const { id: runId, status, result, recorded } = run
  if (status !== 'SUCCEEDED') throw new ToolRunError(run, { hiddenText })
  if (!result) {
    // A repeated call whose first run is not recorded.
    return {
      runId,
      content: [{ type: 'text', text: `[result ${recorded.result}]` }],
      structuredContent: null,
      truncated: false,
    }
  }
  const { content, structuredContent, truncated } = result
  return { runId, content, structuredContent, truncated }
}
