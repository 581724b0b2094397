import type { AuditLog } from '../audit/audit.ts'
import { startDeadline } from '../base/deadline.ts'
import { isRegistryError, RegistryError } from '../base/errors.ts'
import { integerWithin } from '../base/integer-within.ts'
import type { BudgetMeter } from '../budgets/budget-meter.ts'
import type { RunningJobs } from '../jobs/running-jobs.ts'
import { type ActorOptions, checkActor } from '../model/actor.ts'
import type { AuditRecord } from '../model/audit-event.ts'
import { assertContext, type CallerContext } from '../model/resolve-config.ts'
import type { ServerRecord } from '../model/server.ts'
import { assertDeadline, shortestTimeouts } from '../model/timeouts.ts'
import type { ServerSecrets } from '../secrets/server-secrets.ts'
import { dialTargetOf } from '../sessions/dial-target.ts'
import type { SessionPool } from '../sessions/pool.ts'
import type { McpSession, RequestOptions } from '../sessions/session.ts'
import type { ServerStatusStore } from '../status/server-status-store.ts'
import type { TenantStorage } from '../storage/storage.ts'
import { createAskRoom } from './ask-room.ts'
import { retryReason } from './retry-reason.ts'

/** Options of a request that goes to a server at once, and is no job. */
export interface ServerRequestOptions extends CallerContext, ActorOptions {
  /** Ends the request after this many ms, from 1 to 86,400,000, even if the server's own timeouts are longer. */
  readonly timeoutMs?: number
  /** Aborting it cancels the request, and notifies the server. */
  readonly signal?: AbortSignal
}

export interface ServerRequestsDeps {
  readonly storage: TenantStorage
  readonly pool: SessionPool
  readonly statuses: ServerStatusStore
  readonly secrets: ServerSecrets
  readonly meter: BudgetMeter
  readonly audit: AuditLog
  readonly jobs: Pick<RunningJobs, 'assertOpen' | 'closing'>
  readonly onError: (error: unknown) => void
}

/** What the audit records of a request. */
export type AuditedRequest = Pick<AuditRecord, 'action' | 'targetId' | 'targetName'>

/** Asks servers what callers wait for. */
export interface ServerRequests {
  /**
   * Checks what `ask` would check before anything is sent.
   *
   * @throws DISABLED, CLOSED, INVALID_INPUT
   */
  check(server: ServerRecord, options: ServerRequestOptions): void
  /**
   * Asks on a session of the pool, and once more if the connection was lost or the server has forgotten the session: what
   * is asked changes nothing. Rejects as the dial and `ask` do.
   *
   * @throws DISABLED, CLOSED, TIMEOUT, CANCELED
   * @throws LIMIT_EXCEEDED, retryable, beyond `asksPerTenant`
   * @throws INVALID_INPUT for options out of range, or a template variable without a value
   */
  ask<Answer>(
    server: ServerRecord,
    options: ServerRequestOptions,
    ask: (session: McpSession, options: RequestOptions) => Promise<Answer>,
  ): Promise<Answer>
  /** As `ask`, recorded in the audit, done or refused. */
  audited<Answer>(of: AuditedRequest, options: ServerRequestOptions, work: () => Promise<Answer>): Promise<Answer>
}

/** Longest `timeoutMs`: a day, in ms. */
const maxTimeoutMs = 86_400_000
const noSignal = new AbortController().signal

export function createServerRequests(deps: ServerRequestsDeps): ServerRequests {
  const { storage, pool, statuses, secrets, meter, audit, jobs, onError } = deps
  const room = createAskRoom(meter)

  /** A failure to store the server's status must not fail the request. */
  function report(server: ServerRecord, error: RegistryError | undefined): Promise<void> {
    return statuses.afterRequest(server.id, error).catch(onError)
  }

  function check(
    { name, enabled, config }: ServerRecord,
    { timeoutMs, signal, actor, ...context }: ServerRequestOptions,
  ): void {
    jobs.assertOpen()
    checkActor(actor)
    if (timeoutMs !== undefined) integerWithin('timeoutMs', timeoutMs, { min: 1, max: maxTimeoutMs })
    assertDeadline(meter, 'timeoutMs', timeoutMs)
    if (!enabled) throw new RegistryError('DISABLED', `The server "${name}" is disabled`, { path: ['server'] })
    assertContext(config, context)
  }

  return {
    check,
    async ask(server, options, ask) {
      check(server, options)
      const { timeoutMs, signal = noSignal, actor: _, ...context } = options
      const target = dialTargetOf(storage.tenantId, server, context, secrets)
      const { connectMs, requestMs, maxTotalMs } = shortestTimeouts(meter, server.timeouts, context.timeouts)
      using total = startDeadline(AbortSignal.any([signal, jobs.closing]), [
        { name: 'maxTotalMs', ms: maxTotalMs },
        ...(timeoutMs === undefined ? [] : [{ name: 'timeoutMs', ms: timeoutMs }]),
      ])
      let used: McpSession | undefined
      const attempt = async () => {
        used = undefined
        return await pool.use(target, { signal: total.signal, connectMs }, async (session) => {
          used = session
          return await ask(session, { requestMs, signal: total.signal })
        })
      }
      try {
        const answer = await room.within(() =>
          attempt().catch((error: unknown) => {
            if (total.signal.aborted || !used || retryReason(error, used) === undefined) throw error
            return attempt()
          }),
        )
        await report(server, undefined)
        return answer
      } catch (error) {
        const isOfServer = used && isRegistryError(error) && !signal.aborted && !jobs.closing.aborted
        if (isOfServer && isFailure(error)) await report(server, error)
        throw error
      }
    },
    async audited(of, { actor }, work) {
      const input = { ...of, actor }
      const answer = await audit.orRefused(input, work)
      await storage.commit([audit.done(input)])
      return answer
    },
  }
}

/** Whether the server failed, and did not answer, even with an error; a URI that cannot be sent is no failure of it. */
function isFailure({ code, details }: RegistryError): boolean {
  if (details.jsonRpcCode !== undefined) return false
  return code !== 'INVALID_INPUT' && code !== 'NOT_FOUND' && code !== 'CANCELED' && code !== 'LIMIT_EXCEEDED'
}
