import { toJobError } from '../base/errors.ts'
import type { ServerId, ToolId } from '../base/ids.ts'
import type { Budgets } from '../budgets/budget-table.ts'
import { createEventThrottle } from '../jobs/event-throttle.ts'
import { eachInSteps } from '../jobs/in-steps.ts'
import type { JobWriter } from '../jobs/job-writer.ts'
import { feedOf, type RefreshEvent, type ServerEvent } from '../model/events.ts'
import type { RefreshOutcome, RefreshRecord } from '../model/job.ts'
import { advance } from '../model/job-status.ts'
import type { CallerContext } from '../model/resolve-config.ts'
import type { ServerRecord } from '../model/server.ts'
import { QuotaExceeded } from '../storage/errors.ts'
import type { Write } from '../storage/write.ts'
import { asBroken, type FeatureComparison, hasListChanges } from './compare-features.ts'
import { type Comparison, compareLists, type OnPhase } from './compare-lists.ts'
import type { HistoryBudget } from './history-budget.ts'
import type { RefreshDeps } from './refresh-deps.ts'

/** Tools that one event of the feed names at most; callers can list the rest. */
const maxFlaggedToolIds = 100

/** Bytes of an event of a changed tool in the history, and of an id in an outcome, approximately. */
const changeEventBytes = 120
const idBytes = 40

/** A refresh in state RUNNING. */
export interface RunningRefresh {
  readonly server: ServerRecord
  readonly refresh: RefreshRecord
  readonly context: CallerContext
  readonly writer: JobWriter
  readonly signal: AbortSignal
}

function historyBytes(outcome: RefreshOutcome, events: readonly RefreshEvent[]): number {
  const { added, deleted, ...others } = outcome
  return JSON.stringify(others).length + (added.length + deleted.length) * idBytes + events.length * changeEventBytes
}

/** The same for resources, templates and prompts. */
function featureQuotaWrites(serverId: ServerId, { writes, surplus }: FeatureComparison, budgets: Budgets) {
  if (writes.length + surplus.length === 0) return []
  const recount: Write = { kind: 'recountFeatures', serverId }
  if (!writes.some(({ kind }) => kind === 'insertFeatures' || kind === 'redefineFeatures')) return [recount]
  return [
    recount,
    { kind: 'assertQuota', quota: 'featuresPerTenant', atMost: budgets.featuresPerTenant },
    { kind: 'assertQuota', quota: 'featureBytesPerTenant', atMost: budgets.featureBytesPerTenant },
  ] as const satisfies readonly Write[]
}

/** Recounts the tenant's tools after `writes`, and refuses more of them, or longer ones, than the quotas allow. */
function quotaWrites(
  serverId: ServerId,
  writes: readonly Write[],
  forgotten: readonly ToolId[],
  budgets: Budgets,
): readonly Write[] {
  if (writes.length + forgotten.length === 0) return []
  const recount: Write = { kind: 'recountTools', serverId }
  if (!writes.some(({ kind }) => kind === 'insertTools' || kind === 'redefineTools')) return [recount]
  return [
    recount,
    { kind: 'assertQuota', quota: 'toolsPerTenant', atMost: budgets.toolsPerTenant },
    { kind: 'assertQuota', quota: 'toolBytesPerTenant', atMost: budgets.toolBytesPerTenant },
  ]
}

/** Appends to the feed which lists of the server have changed, and which tools changes its policy flags. */
function feedWrites(
  { server, refresh }: RunningRefresh,
  { events: changes, flagged, at, features: { differences } }: Comparison,
  keep: number,
): readonly Write[] {
  const ofServer = { serverId: server.id, refreshId: refresh.id }
  const events: ServerEvent[] = changes.length > 0 ? [{ type: 'McpServerToolsChanged', ...ofServer }] : []
  if (hasListChanges(differences.resources) || hasListChanges(differences.resourceTemplates)) {
    events.push({ type: 'McpServerResourcesChanged', ...ofServer })
  }
  if (hasListChanges(differences.prompts)) events.push({ type: 'McpServerPromptsChanged', ...ofServer })
  if (flagged.length > 0) {
    const quarantined = server.toolChangePolicy === 'QUARANTINE'
    const toolIds = flagged.slice(0, maxFlaggedToolIds)
    events.push({ type: 'McpToolChangesFlagged', ...ofServer, toolIds, count: flagged.length, quarantined })
  }
  return events.length > 0 ? [{ kind: 'appendServerEvents', at, events, keep }] : []
}

/**
 * Answers the function that reads a server's lists and commits what has changed, with the end of the refresh. It resolves
 * with the epoch milliseconds until which the server says that the lists stay as they are; undefined if it does not.
 */
export function createToolRefresh(deps: RefreshDeps, historyBudget: HistoryBudget) {
  const { storage, bus, meter, listings, pausedRuns, maxFeedEvents } = deps

  /** Stores the tools alone if the other lists would take more than the tenant may have. */
  async function commit(running: RunningRefresh, comparison: Comparison): Promise<void> {
    try {
      await commitAll(running, comparison)
    } catch (error) {
      if (!(error instanceof QuotaExceeded) || !error.quota.startsWith('feature')) throw error
      const reason = toJobError(meter.exceeded(error.quota, { what: 'the tenant' }))
      const differences = asBroken(comparison.features.differences, reason)
      await commitAll(running, { ...comparison, features: { differences, writes: [], surplus: [] } })
    }
  }

  async function commitAll(running: RunningRefresh, comparison: Comparison): Promise<void> {
    const { server, refresh, writer } = running
    const { writes, events, at, surplus, features } = comparison
    const outcome = { ...comparison.outcome, ...features.differences }
    const ended = advance(refresh, { status: 'SUCCEEDED', finishedAt: at, outcome, ownerId: null })
    // One transaction for all lists, the end and their events: readers see the old set or the new one.
    await writer.commit(
      [
        ...writes,
        ...quotaWrites(server.id, writes, surplus, meter.budgets),
        ...features.writes,
        ...featureQuotaWrites(server.id, features, meter.budgets),
        { kind: 'updateRefresh', refresh: ended },
        ...feedWrites(running, comparison, maxFeedEvents),
      ],
      [...events, { type: 'RefreshFinished', status: 'SUCCEEDED' }],
    )
    if (events.length + features.writes.length > 0) historyBudget.written(server.id, historyBytes(outcome, events))
  }

  return async (running: RunningRefresh): Promise<number | undefined> => {
    const { server, refresh, context, writer, signal } = running
    const onPhase: OnPhase = (phase, done, total, message) =>
      writer.append({
        type: 'RefreshPhaseChanged',
        phase,
        done,
        ...(total === undefined ? {} : { total }),
        ...(message === undefined ? {} : { message }),
      })
    const throttle = createEventThrottle((event) => {
      historyBudget.written(server.id, 'text' in event ? event.text.length : 0)
      writer.append(event)
    }, meter)
    using budget = listings.begin(storage.tenantId, { what: 'tools/list', bytes: 'listBytes' })
    try {
      const comparison = await compareLists(deps, server, context, {
        budget,
        signal,
        onPhase,
        onOutput({ stream, text }) {
          if (stream === 'STDERR' || stream === 'PROTOCOL') throttle.push({ type: 'RefreshLog', stream, text })
        },
      })
      onPhase('PERSISTING', 0, comparison.events.length)
      throttle.close()
      // Forgotten before the refresh ends: no other refresh of the server, here or on another node, can bring one back.
      await eachInSteps(comparison.surplus, signal, (toolIds) =>
        storage.commit([{ kind: 'forgetTools', toolIds }], refresh.ownerId ?? undefined),
      )
      await eachInSteps(comparison.features.surplus, signal, (ids) =>
        storage.commit([{ kind: 'forgetFeatures', ids }], refresh.ownerId ?? undefined),
      )
      signal.throwIfAborted()
      await commit(running, comparison)
      bus.notify(feedOf(storage.tenantId))
      if (comparison.events.length > 0) await pausedRuns.recheck(server.id)
      const { at, ttlMs } = comparison
      return ttlMs ? at + ttlMs : undefined
    } finally {
      throttle.close()
    }
  }
}
