import type { AuditLog } from '../audit/audit.ts'
import { invalidInput, isRegistryError, RegistryError } from '../base/errors.ts'
import { parseId, type ServerId, type ToolId } from '../base/ids.ts'
import { isJsonObject, type JsonObject, kindOf } from '../base/json.ts'
import { slices } from '../base/slices.ts'
import type { BudgetMeter } from '../budgets/budget-meter.ts'
import type { EventBus } from '../events/bus.ts'
import { feedOf } from '../model/events.ts'
import type { PageRows, ToolFilter, ToolSort } from '../model/filters.ts'
import { type ListOrder, type Page, pageRequest } from '../model/pages.ts'
import { shortestTimeouts } from '../model/timeouts.ts'
import type { McpTool, ToolDefinition, ToolRecord } from '../model/tool.ts'
import type { ResolvedOptions } from '../registry/options.ts'
import type { ToolListOptions, ToolRef, Tools } from '../registry/registry-api.ts'
import { checkArgs } from '../runs/args.ts'
import type { ArgumentCheck, ArgumentChecks } from '../runs/arguments.ts'
import { callTool } from '../runs/call-tool.ts'
import { createRunTargets, type RunTarget } from '../runs/run-targets.ts'
import type { RunControl } from '../runs/runs.ts'
import type { ServerSecrets } from '../secrets/server-secrets.ts'
import type { SessionPool } from '../sessions/pool.ts'
import { notWaiting } from '../storage/memory/not-waiting.ts'
import type { TenantStorage } from '../storage/storage.ts'
import { definitionDigest } from './definition.ts'
import { missingTool } from './missing-tool.ts'
import { createSearch } from './search-tools.ts'
import { fieldsOf, mergeSettings } from './tool-settings.ts'
import type { ToolViews } from './tool-views.ts'

export interface ToolParts {
  readonly storage: TenantStorage
  readonly bus: EventBus
  readonly pool: SessionPool
  readonly runs: RunControl
  readonly views: ToolViews
  readonly audit: AuditLog
  readonly secrets: ServerSecrets
  readonly meter: BudgetMeter
  readonly argumentChecks: ArgumentChecks
  readonly options: ResolvedOptions
}

const order: ListOrder<ToolSort, ToolRecord> = {
  name: 'tools',
  defaultSort: 'NAME',
  defaultDirection: 'ASC',
  key: (tool, sort) => ({ value: sort === 'NAME' ? tool.definition.name : tool.firstSeenAt, id: tool.id }),
}

/** What an id that is one says of the target; other text may be anything, a secret too. */
function targetOf(id: string): { readonly targetId?: ToolId } {
  const targetId = parseId('tool', id)
  return targetId ? { targetId } : {}
}

/** INVALID_INPUT for what names no tool: callers without types write `"server/tool"`, too. */
function assertRef(ref: unknown): void {
  const isRef =
    isJsonObject(ref) &&
    (typeof ref.id === 'string' || (typeof ref.server === 'string' && typeof ref.tool === 'string'))
  if (!isRef) throw invalidInput(['tool'], `tool: expected { id } or { server, tool }, got ${kindOf(ref)}`)
}

function argsInvalid({ issues, hasMoreIssues }: ArgumentCheck): RegistryError {
  const words = issues.map((issue) => `${issue.pointer || '/'}: ${issue.message}`).join('; ')
  const more = hasMoreIssues ? '; and more, which were not looked for' : ''
  return new RegistryError('TOOL_ARGS_INVALID', `The args do not fit the tool's input schema: ${words}${more}`, {
    path: ['args'],
    details: { issues, ...(hasMoreIssues ? { hasMoreIssues } : {}) },
  })
}

export function createTools(parts: ToolParts): Tools {
  const { storage, bus, pool, runs, views, audit, secrets, meter, argumentChecks, options } = parts
  const checker = argumentChecks.createChecker()
  const emptyFilter: ToolFilter = {}
  const serverIdsOf = (ids: readonly string[]) => ids.flatMap((id) => parseId('server', id) ?? [])

  const find = createRunTargets(storage, secrets)

  async function view(record: ToolRecord): Promise<McpTool | undefined> {
    return (await views.of([record])).get(record.id)
  }

  /** The tool with its server, both usable. NOT_FOUND, DISABLED. */
  async function usable(ref: ToolRef): Promise<RunTarget> {
    assertRef(ref)
    const found = await find(ref)
    if (!found) throw await missingTool(storage, ref)
    const { tool, server } = found
    const { name } = tool.definition
    if (tool.removedAt !== null) {
      const message = `"${server.name}" no longer lists the tool "${name}"; refresh the server if it should`
      throw new RegistryError('NOT_FOUND', message, { path: ['tool'] })
    }
    if (!server.enabled)
      throw new RegistryError('DISABLED', `The server "${server.name}" is disabled`, { path: ['tool'] })
    if (!tool.settings.enabled)
      throw new RegistryError('DISABLED', `The tool "${name}" is disabled`, { path: ['tool'] })
    if (tool.quarantine?.kind === 'NEW') {
      const message = `The tool "${name}" is new, and nobody has approved it yet`
      throw new RegistryError('QUARANTINED', message, { path: ['tool'] })
    }
    return found
  }

  /** As `usable`; what an owner's or a policy's no refuses is on record. */
  async function usableFor(ref: ToolRef, actor: string | undefined): Promise<RunTarget> {
    try {
      return await usable(ref)
    } catch (error) {
      if (!isRegistryError(error, 'DISABLED') && !isRegistryError(error, 'QUARANTINED')) throw error
      const found = await find(ref)
      const target = found ? { targetId: found.tool.id, targetName: found.tool.definition.name } : {}
      return audit.orRefused({ action: 'TOOL_RUN', actor, ...target }, () => Promise.reject(error))
    }
  }

  async function checked(tool: ToolRecord, args: JsonObject): Promise<ArgumentCheck> {
    const check = checker.tryCheck(tool, args)
    if (check) return check
    await slices.next()
    return checker.check(tool, args)
  }

  const start: Tools['start'] = async (ref, input = {}, runOptions = {}) => {
    const { tool, server, configFingerprint, dialTarget } = await usableFor(ref, runOptions.actor)
    const args = checkArgs(input, meter)
    const check = await checked(tool, args)
    if (check.issues.length > 0) throw argsInvalid(check)
    const { annotations } = tool.definition
    const target = dialTarget(runOptions)
    const timeouts = shortestTimeouts(meter, server.timeouts, runOptions.timeouts)
    const recorded = {
      args: tool.settings.recordArgs ?? options.history.args,
      result: tool.settings.recordResults ?? options.history.results,
    }
    return runs.begin(
      {
        serverId: server.id,
        serverName: server.name,
        toolId: tool.id,
        toolName: tool.definition.name,
        args,
        recorded,
        startsAtOnce: () => pool.isFree(target),
        call: (during) =>
          callTool(pool, during, {
            target,
            timeouts,
            toolName: tool.definition.name,
            args,
            isRepeatable: annotations?.readOnlyHint === true || annotations?.idempotentHint === true,
            unchecked: check.unchecked,
            charLimit: tool.settings.returnCharLimit ?? options.returnCharLimit,
            configFingerprint,
            mayCapture: { args: recorded.args === 'KEEP', result: recorded.result === 'KEEP' },
          }),
      },
      runOptions,
    )
  }

  async function toMap(
    groups: ReadonlyMap<ServerId, readonly ToolRecord[]>,
    ids: readonly ServerId[],
    listOptions: ToolListOptions,
  ): Promise<ReadonlyMap<string, Page<McpTool>>> {
    const { toPage } = pageRequest(order, emptyFilter, listOptions)
    const seen = await views.of([...groups.values()].flat())
    return new Map(ids.map((id) => [id, pageOf(groups.get(id) ?? [], seen, toPage)]))
  }

  function pageOf(
    records: PageRows<ToolRecord>,
    seen: ReadonlyMap<ToolId, McpTool>,
    toPage: ReturnType<typeof pageRequest<ToolFilter, ToolSort, ToolRecord>>['toPage'],
  ): Page<McpTool> {
    const page = toPage(records, (record) => seen.get(record.id))
    return {
      ...page,
      edges: page.edges.flatMap(({ cursor, node }) => (node === undefined ? [] : [{ cursor, node }])),
    }
  }

  return {
    start,
    async run(ref, args, runOptions) {
      return (await start(ref, args, runOptions)).result()
    },
    async get(ref) {
      const found = await find(ref)
      return found && view(found.tool)
    },
    getMany: (ids) =>
      views.byIds(
        ids.flatMap((id) => parseId('tool', id) ?? []),
        { isBounded: true },
      ),
    async list(listOptions = {}) {
      const { query, toPage } = pageRequest(order, emptyFilter, listOptions)
      const records = await storage.tools.page(query)
      return pageOf(records, await views.of(records), toPage)
    },
    count: (filter = {}) => storage.tools.count(filter),
    async listByServer(ids, listOptions = {}) {
      const { query } = pageRequest(order, emptyFilter, listOptions)
      const serverIds = serverIdsOf(ids)
      return toMap(await storage.tools.pageByServer(serverIds, query), serverIds, listOptions)
    },
    countByServer: (ids, filter = {}) => storage.tools.countByServer(serverIdsOf(ids), filter),
    ...createSearch(storage, views),
    async set(id, input, { actor } = {}) {
      const entry = { action: 'TOOL_UPDATED', actor, ...targetOf(id), fields: fieldsOf(input) } as const
      const { record, settings } = await audit.orRefused(entry, async () => {
        const stored = await mustGet(id)
        return { record: stored, settings: mergeSettings(stored.settings, input) }
      })
      const at = Date.now()
      const done = audit.done({ ...entry, targetName: record.definition.name })
      await storage.commit([{ kind: 'setTool', toolId: record.id, settings, at }, done])
      return mustView({ ...record, settings, updatedAt: at })
    },
    async approve(id, digest, { actor } = {}) {
      const entry = { action: 'TOOL_APPROVED', actor, ...targetOf(id) } as const
      return audit.orRefused(entry, async () => {
        const record = await mustGet(id)
        const { id: toolId, serverId, quarantine } = record
        const definitionText = quarantine?.kind === 'CHANGED' ? quarantine.definitionText : record.definitionText
        // Written from a definition.
        const definition: ToolDefinition = JSON.parse(definitionText)
        if (definitionDigest(definition) !== digest) throw notWaiting(toolId)
        if (!quarantine) return mustView(record)
        const at = Date.now()
        await storage.commit([
          { kind: 'approveTool', toolId, definition, definitionText, at },
          {
            kind: 'appendServerEvents',
            at,
            events: [{ type: 'McpToolApproved', serverId, toolId }],
            keep: options.eventRetention,
          },
          audit.done({ ...entry, targetName: definition.name }),
        ])
        bus.notify(feedOf(storage.tenantId))
        return mustView({ ...record, definition, definitionText, quarantine: null, updatedAt: at })
      })
    },
  }

  async function mustGet(id: string): Promise<ToolRecord> {
    const toolId = parseId('tool', id)
    const record = toolId && (await storage.tools.get(toolId))
    if (!record) throw new RegistryError('NOT_FOUND', `No tool has the id ${id.slice(0, 100)}`, { path: ['id'] })
    return record
  }

  async function mustView(record: ToolRecord): Promise<McpTool> {
    const tool = await view(record)
    if (!tool) throw new RegistryError('NOT_FOUND', `No tool has the id ${record.id}`, { path: ['id'] })
    return tool
  }
}
