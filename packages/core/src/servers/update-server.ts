import { isDeepStrictEqual } from 'node:util'
import type { AuditInput } from '../audit/api.ts'
import { RegistryError } from '../base/errors.ts'
import { isLooser } from '../model/approval.ts'
import { loosening } from '../model/approval-errors.ts'
import { isSameConfig } from '../model/config-secrets.ts'
import { feedOf } from '../model/events.ts'
import { neverConnected, type ServerRecord, type ServerState } from '../model/server.ts'
import { mergeTimeouts } from '../model/timeouts.ts'
import { lastKnownStatus, readableState, stateWrites } from '../status/server-state.ts'
import type { StoredServersApi } from './api.ts'
import { createRuleCheck } from './check-rules.ts'
import { grantTargetOf } from './grant-target-of.ts'
import { parseUpdateInput } from './input.ts'
import { patchServer } from './patch-server.ts'
import { feedWrite, fieldsOf, targetOf } from './server-change.ts'
import type { ServersDeps } from './server-deps.ts'
import { getServerOrThrow } from './server-queries.ts'
import { createServerViews } from './server-views.ts'

type ServerPatch = ReturnType<typeof parseUpdateInput>

interface Updated {
  readonly before: ServerRecord
  readonly record: ServerRecord
  readonly changed: boolean
  /** Whether a refresh under way must be cancelled: it reads the server as it was. */
  readonly cancelsRefresh: boolean
  /** Whether paused runs must be cancelled: their callers asked another server. */
  readonly cancelsPaused: boolean
}

/** @throws REVISION_CONFLICT */
function assertRevision(server: ServerRecord, expected: number | undefined): void {
  if (expected === undefined || expected === server.revision) return
  throw new RegistryError(
    'REVISION_CONFLICT',
    `The server "${server.name}" is at revision ${server.revision}, expected ${expected}: read it again and repeat the change`,
    { path: ['expectedRevision'], details: { serverId: server.id } },
  )
}

/** The state that a change gives the server; undefined if the state stays. */
function stateAfter(before: ServerRecord, enabled: boolean, isConfigKept: boolean): ServerState | undefined {
  // A secret that was set anew may be readable again.
  const state = isConfigKept ? before.state : readableState(before.state)
  if (enabled === before.enabled && state === before.state) return undefined
  const known = isConfigKept ? lastKnownStatus(state) : neverConnected.status
  return { ...state, status: enabled ? known : 'DISABLED' }
}

export function createServerUpdate(deps: ServersDeps): StoredServersApi['update'] {
  const { storage, bus, pool, statuses, refreshes, triggers, pausedRuns, audit, secrets, meter, oauth, options } = deps
  const checkRules = createRuleCheck(deps)
  const { viewOf } = createServerViews(storage)

  /** The server after `patch`, checked and sealed. */
  async function patched(before: ServerRecord, patch: ServerPatch): Promise<ServerRecord> {
    const timeouts = mergeTimeouts(meter, before.timeouts, patch.timeouts, options.timeouts)
    const after = patchServer(before, patch, timeouts)
    if (patch.config?.transport === 'replace') {
      checkRules(after, ['config', 'config'], { env: 'env', headers: 'customHeaders' })
    } else if (patch.config) {
      checkRules(after, ['config'], { env: 'setEnv', headers: 'setHeaders', before: before.config })
    }
    return { ...after, config: await secrets.seal(before.id, after.config, before.config) }
  }

  async function apply(id: string, patch: ServerPatch, entry: AuditInput, mayLoosen: boolean): Promise<Updated> {
    const before = await getServerOrThrow(storage, id)
    assertRevision(before, patch.expectedRevision)
    const after = await patched(before, patch)
    if (!mayLoosen && isLooser(after.approvalPolicy, before.approvalPolicy)) throw loosening()
    const isConfigKept = isSameConfig(after.config, before.config)
    if (isConfigKept && isDeepStrictEqual({ ...after, config: null }, { ...before, config: null })) {
      return { before, record: before, changed: false, cancelsRefresh: false, cancelsPaused: false }
    }
    const server = { ...after, revision: before.revision + 1, updatedAt: Date.now() }
    const state = stateAfter(before, server.enabled, isConfigKept)
    await storage.commit([
      { kind: 'updateServer', server, ifRevision: before.revision },
      feedWrite('McpServerUpdated', before.id, options.maxFeedEvents),
      audit.done({ ...entry, targetName: before.name }),
      ...(state ? stateWrites(before, state, options.maxFeedEvents) : []),
    ])
    const cancelsRefresh = state !== undefined || !isConfigKept
    return {
      before,
      record: state ? { ...server, state } : server,
      changed: true,
      cancelsRefresh,
      cancelsPaused: !isConfigKept,
    }
  }

  return async (id, input, { actor, mayLoosenApproval = true } = {}) => {
    const entry = { action: 'SERVER_UPDATED', actor, ...targetOf(id), fields: fieldsOf(input) } as const
    const { changed, cancelsRefresh, cancelsPaused, before, record } = await audit.orRefused(entry, () =>
      statuses.serialize(async () => apply(id, parseUpdateInput(input), entry, mayLoosenApproval)),
    )
    if (changed) {
      bus.notify(feedOf(storage.tenantId))
      triggers.schedule(record)
    }
    const granted = grantTargetOf(before)
    if (changed && granted) await oauth.reconfigured(granted, grantTargetOf(record))
    if (cancelsRefresh) await refreshes.cancelFor(record.id, 'SERVER_UPDATED')
    // Sessions belong to a revision, even if only the name changed: those of the old one would never be used again.
    if (changed) pool.retire(record.id)
    if (cancelsPaused) await pausedRuns.cancelFor(record.id, 'SERVER_UPDATED')
    else if (!record.enabled) await pausedRuns.recheck(record.id)
    return { server: await viewOf(record), changed }
  }
}
