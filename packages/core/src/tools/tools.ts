import type { AuditLog } from '../audit/audit.ts'
import { RegistryError } from '../base/errors.ts'
import { parseId, type ServerId, type ToolId } from '../base/ids.ts'
import type { EventBus } from '../events/bus.ts'
import { feedOf } from '../model/events.ts'
import type { PageRows, ToolFilter, ToolSort } from '../model/filters.ts'
import { type ListOrder, type Page, pageRequest } from '../model/pages.ts'
import type { McpTool, ToolDefinition, ToolRecord } from '../model/tool.ts'
import type { RunsApi } from '../runs/api.ts'
import type { FindRunTarget } from '../runs/run-targets.ts'
import { notWaiting } from '../storage/errors.ts'
import type { TenantStorage } from '../storage/storage.ts'
import type { ToolListOptions, ToolsApi } from './api.ts'
import { definitionDigest } from './definition.ts'
import { createSearch } from './search-tools.ts'
import { fieldsOf, mergeSettings } from './tool-settings.ts'
import type { ToolViews } from './tool-views.ts'

export interface ToolsDeps {
  readonly storage: TenantStorage
  readonly bus: EventBus
  readonly runs: Pick<RunsApi, 'start'>
  readonly find: FindRunTarget
  readonly views: ToolViews
  readonly audit: AuditLog
  /** Events of the feed that are kept. */
  readonly maxFeedEvents: number
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

export function createTools(deps: ToolsDeps): ToolsApi {
  const { storage, bus, runs, find, views, audit, maxFeedEvents } = deps
  const emptyFilter: ToolFilter = {}
  const serverIdsOf = (ids: readonly string[]) => ids.flatMap((id) => parseId('server', id) ?? [])

  async function view(record: ToolRecord): Promise<McpTool | undefined> {
    return (await views.of([record])).get(record.id)
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
    start: runs.start,
    async run(ref, args, runOptions) {
      return (await runs.start(ref, args, runOptions)).result()
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
        const stored = await getOrThrow(id)
        return { record: stored, settings: mergeSettings(stored.settings, input) }
      })
      const at = Date.now()
      const done = audit.done({ ...entry, targetName: record.definition.name })
      await storage.commit([{ kind: 'setTool', toolId: record.id, settings, at }, done])
      return viewOrThrow({ ...record, settings, updatedAt: at })
    },
    async approve(id, digest, { actor } = {}) {
      const entry = { action: 'TOOL_APPROVED', actor, ...targetOf(id) } as const
      return audit.orRefused(entry, async () => {
        const record = await getOrThrow(id)
        const { id: toolId, serverId, quarantine } = record
        const definitionText = quarantine?.kind === 'CHANGED' ? quarantine.definitionText : record.definitionText
        // Written from a definition.
        const definition: ToolDefinition = JSON.parse(definitionText)
        if (definitionDigest(definition) !== digest) throw notWaiting(toolId)
        if (!quarantine) return viewOrThrow(record)
        const at = Date.now()
        await storage.commit([
          { kind: 'approveTool', toolId, definition, definitionText, at },
          {
            kind: 'appendServerEvents',
            at,
            events: [{ type: 'McpToolApproved', serverId, toolId }],
            keep: maxFeedEvents,
          },
          audit.done({ ...entry, targetName: definition.name }),
        ])
        bus.notify(feedOf(storage.tenantId))
        return viewOrThrow({ ...record, definition, definitionText, quarantine: null, updatedAt: at })
      })
    },
  }

  async function getOrThrow(id: string): Promise<ToolRecord> {
    const toolId = parseId('tool', id)
    const record = toolId && (await storage.tools.get(toolId))
    if (!record) throw new RegistryError('NOT_FOUND', `No tool has the id ${id.slice(0, 100)}`, { path: ['id'] })
    return record
  }

  async function viewOrThrow(record: ToolRecord): Promise<McpTool> {
    const tool = await view(record)
    if (!tool) throw new RegistryError('NOT_FOUND', `No tool has the id ${record.id}`, { path: ['id'] })
    return tool
  }
}
