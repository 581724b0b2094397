import { computedMembers } from '../base/computed-members.ts'
import { inTurn } from '../budgets/turns.ts'
import { readListed } from '../features/listed-definition.ts'
import { differencesOf } from '../model/job.ts'
import type { ServerRecord } from '../model/server.ts'
import { type DefinitionText, definitionOf } from '../model/tool.ts'
import { schemaHealth } from '../tools/schema-health.ts'
import { toolWarnings } from '../tools/tool-warnings.ts'
import type { ListedMcpTool, RefreshOptions, RefreshPreview } from './api.ts'
import { compareLists } from './compare-lists.ts'
import type { RefreshDeps } from './refresh-deps.ts'
import { withTools } from './refresh-history.ts'

type ComputedOfListed = Pick<ListedMcpTool, 'definition' | 'schemaHealth' | 'warnings'>

/** A tool holds only the text of its definition until a caller reads a member: a preview may have many. */
const withComputedOfListed = computedMembers<DefinitionText, ComputedOfListed>({
  definition: definitionOf,
  schemaHealth: (text) => schemaHealth(definitionOf(text).inputSchema),
  warnings: (text) => toolWarnings(definitionOf(text), text.definitionText),
})

/** Compares what the server lists with what is stored, and writes nothing. Rejects as the refresh would have failed. */
export async function previewRefresh(
  deps: RefreshDeps,
  server: ServerRecord,
  { signal, ...context }: RefreshOptions,
): Promise<RefreshPreview> {
  const { storage, jobs, turns, listings, views } = deps
  jobs.assertOpen()
  const ending = signal ? AbortSignal.any([signal, jobs.closing]) : jobs.closing
  return inTurn(turns, storage.tenantId, ending, async () => {
    using budget = listings.begin(storage.tenantId, { what: 'tools/list', bytes: 'previewBytes' })
    const { outcome, events, listed, features, connectMs, listMs } = await compareLists(deps, server, context, {
      budget,
      signal: ending,
      onPhase: () => undefined,
      onOutput: () => undefined,
    })
    const added = new Set(
      events.flatMap((event) => (event.type === 'RefreshToolChanged' && event.change === 'ADDED' ? event.name : [])),
    )
    const tools = [...listed].map(([name, text]) =>
      withComputedOfListed({ name, isAdded: added.has(name) }, readListed(text)),
    )
    return {
      ...(await withTools(views, { ...outcome, added: [] })),
      ...differencesOf(features.differences),
      get added() {
        return tools.filter(({ isAdded }) => isAdded).map(({ definition }) => definition)
      },
      listed: tools,
      connectMs,
      listMs,
    }
  })
}
