import { createId } from '../base/ids.ts'
import { feedOf } from '../model/events.ts'
import type { ServerFilter } from '../model/filters.ts'
import { neverConnected, type ServerRecord } from '../model/server.ts'
import { mergeTimeouts } from '../model/timeouts.ts'
import { QuotaExceeded } from '../storage/errors.ts'
import type { Write } from '../storage/write.ts'
import type { StoredServersApi } from './api.ts'
import { createRuleCheck } from './check-rules.ts'
import { type CreateServerInput, parseCreateInput, toServerConfig } from './input.ts'
import { feedWrite, fieldsOf } from './server-change.ts'
import type { ServersDeps } from './server-deps.ts'
import { toMcpServer } from './view.ts'

export interface ServerCreation extends Pick<StoredServersApi, 'create'> {
  /** Rejects as `create` would, except if the name is taken. Writes nothing. */
  check(input: CreateServerInput): Promise<void>
  /**
   * Checks that the tenant may have one more server beside those it has and `additional` ones.
   * @throws LIMIT_EXCEEDED
   */
  checkRoom(additional: number): Promise<void>
}

/** The server as `input` describes it, with its secrets in plaintext. */
function toRecord(input: ReturnType<typeof parseCreateInput>, timeouts: ServerRecord['timeouts']): ServerRecord {
  const at = Date.now()
  return {
    id: createId('server'),
    name: input.name,
    description: input.description ?? null,
    enabled: input.enabled,
    labels: [...new Set(input.labels ?? [])],
    config: toServerConfig(input.config),
    timeouts,
    protocolEra: input.protocolEra,
    toolChangePolicy: input.toolChangePolicy,
    approvalPolicy: input.approvalPolicy,
    inputPolicy: input.inputPolicy,
    refreshIntervalMs: input.refreshIntervalMs ?? null,
    revision: 1,
    createdAt: at,
    updatedAt: at,
    state: input.enabled ? neverConnected : { ...neverConnected, status: 'DISABLED' },
  }
}

export function createServerCreation(deps: ServersDeps): ServerCreation {
  const { storage, bus, refreshes, triggers, audit, secrets, meter, options } = deps
  const checkRules = createRuleCheck(deps)
  const emptyFilter: ServerFilter = {}

  function parse(input: CreateServerInput) {
    const parsed = parseCreateInput(input)
    const timeouts = mergeTimeouts(meter, options.timeouts, parsed.timeouts, options.timeouts)
    const plaintext = toRecord(parsed, timeouts)
    checkRules(plaintext, ['config'], { env: 'env', headers: 'customHeaders' })
    return { plaintext, isRefreshed: parsed.refresh && parsed.enabled }
  }

  async function commitWithinQuota(writes: readonly Write[]): Promise<void> {
    try {
      await storage.commit(writes)
    } catch (error) {
      throw error instanceof QuotaExceeded ? meter.exceeded(error.quota, { what: 'the tenant' }) : error
    }
  }

  return {
    async check(input) {
      parse(input)
    },
    async checkRoom(additional) {
      const got = (await storage.servers.count(emptyFilter)) + additional + 1
      if (got > meter.budgets.serversPerTenant) throw meter.exceeded('serversPerTenant', { what: 'the tenant', got })
    },
    create: (input, { actor } = {}) =>
      audit.orRefused({ action: 'SERVER_CREATED', actor, fields: fieldsOf(input) }, async () => {
        const { plaintext, isRefreshed } = parse(input)
        const { id: targetId, name: targetName } = plaintext
        const server = { ...plaintext, config: await secrets.seal(targetId, plaintext.config) }
        await commitWithinQuota([
          { kind: 'insertServer', server },
          { kind: 'assertQuota', quota: 'serversPerTenant', atMost: meter.budgets.serversPerTenant },
          feedWrite('McpServerCreated', server.id, options.maxFeedEvents),
          audit.done({ action: 'SERVER_CREATED', actor, targetId, targetName, fields: fieldsOf(input) }),
        ])
        bus.notify(feedOf(storage.tenantId))
        triggers.schedule(server)
        if (isRefreshed) await refreshes.begin(server, { actor })
        // A new server was granted nothing yet.
        return toMcpServer(server, undefined)
      }),
  }
}
