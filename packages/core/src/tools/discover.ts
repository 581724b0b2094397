import type { BudgetMeter } from '../budgets/budget-meter.ts'
import { isRegistryError, RegistryError } from '../errors.ts'
import type { RefreshPhase } from '../events/events.ts'
import type { RejectedTool } from '../jobs/job.ts'
import type { McpTimeouts } from '../servers/server.ts'
import { startDeadline } from '../sessions/deadline.ts'
import type { DialTarget } from '../sessions/dial-target.ts'
import type { SessionPool } from '../sessions/pool.ts'
import type { McpSession, RequestOptions, SessionOutput } from '../sessions/session.ts'
import { checkDefinition } from './definition.ts'
import type { ToolRecord } from './tool.ts'

const maxPages = 1_000

export type ListedTool = Pick<ToolRecord, 'definition' | 'definitionText'>

export interface Discovered {
  /** By name. */
  readonly tools: ReadonlyMap<string, ListedTool>
  readonly rejected: readonly RejectedTool[]
  /** How long it took until there was a session: about nothing where one was open. */
  readonly connectMs: number
  /** How long it took to read all pages, once there was a session. */
  readonly listMs: number
}

export interface DiscoverOptions {
  readonly meter: BudgetMeter
  readonly timeouts: McpTimeouts
  readonly signal: AbortSignal
  /** Hears of each phase, and after each page how many tools have been listed. */
  readonly onPhase: (phase: Extract<RefreshPhase, 'CONNECTING' | 'NEGOTIATING' | 'LISTING'>, listed: number) => void
  readonly onOutput: (output: SessionOutput) => void
  /** A request failed, as against the connection. */
  readonly onFailure: (error: unknown) => Promise<void>
}

/** Why the same list may well come when it is asked for once more; undefined where it would not. */
function retryReason(error: unknown): string | undefined {
  if (!isRegistryError(error, 'CONNECT_FAILED') || !error.retryable) return undefined
  return error.details.httpStatus === 404 ? 'The server forgot the session' : 'The connection was lost'
}

/**
 * Reads every page of `tools/list` on a session of the pool, within `maxTotalMs` as a whole; once more from the start
 * where the connection is lost meanwhile, and where the server has forgotten the session. Rejects where the dial fails, with what the session rejects with, and with
 * PROTOCOL_ERROR where a cursor comes twice or the pages do not end.
 */
export async function discover(pool: SessionPool, target: DialTarget, options: DiscoverOptions): Promise<Discovered> {
  const { timeouts, onPhase, onOutput, onFailure } = options
  using total = startDeadline(options.signal, [{ name: 'maxTotalMs', ms: timeouts.maxTotalMs }])
  const { signal } = total
  const { connectMs, requestMs } = timeouts
  let failedRequest: unknown

  function attempt(): Promise<Discovered> {
    const begunAt = performance.now()
    return pool.use(target, { signal, connectMs, onPhase: (phase) => onPhase(phase, 0) }, async (session) => {
      const connectedAt = performance.now()
      const stopListening = session.onOutput(onOutput)
      try {
        onPhase('LISTING', 0)
        const list = await listAll(session, { requestMs, signal }, options.meter, (listed) =>
          onPhase('LISTING', listed),
        )
        return { ...list, connectMs: connectedAt - begunAt, listMs: performance.now() - connectedAt }
      } catch (error) {
        failedRequest = error
        throw error
      } finally {
        stopListening()
      }
    })
  }

  const retried = new Set<string>()
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      const isOfRequest = error === failedRequest
      const reason = isOfRequest && !signal.aborted ? retryReason(error) : undefined
      if (reason === undefined || retried.has(reason)) {
        if (isOfRequest && !options.signal.aborted) await onFailure(error)
        throw error
      }
      retried.add(reason)
      onOutput({ stream: 'PROTOCOL', text: `${reason}; the list is read once more` })
    }
  }
}

/** Made once: without a reason, each abort would make one, with a stack. */
const listEnded = new RegistryError('CANCELED', 'The list has ended')

/** Takes each definition on its own merits. */
function createToolList(meter: BudgetMeter) {
  const tools = new Map<string, ListedTool>()
  const rejected: RejectedTool[] = []
  let listed = 0
  return {
    tools,
    rejected,
    /** Answers how many have been listed so far. */
    take(page: readonly unknown[]): number {
      for (const raw of page) {
        const check = checkDefinition(raw, listed, meter)
        listed += 1
        if (!check.ok) rejected.push({ name: check.name, reason: check.reason })
        else if (tools.has(check.definition.name)) {
          const reason = 'the name stands in the list before; the first one is taken'
          rejected.push({ name: check.definition.name, reason })
        } else {
          const { definition, definitionText } = check
          tools.set(definition.name, { definition, definitionText })
        }
      }
      return listed
    },
  }
}

/** MCP 2025-11-25, pagination. A server without the capability `tools` has none. */
async function listAll(
  session: McpSession,
  { requestMs, signal }: RequestOptions,
  meter: BudgetMeter,
  onPage: (listed: number) => void,
): Promise<Pick<Discovered, 'tools' | 'rejected'>> {
  const list = createToolList(meter)
  if (!session.facts.hasTools) return list
  const seen = new Set<string>()
  const leaving = new AbortController()
  const options = { requestMs, signal: AbortSignal.any([signal, leaving.signal]) }
  const request = (cursor: string | undefined) => {
    const page = session.listTools(cursor, options)
    // Looked at only once the page before it has been read.
    page.catch(() => undefined)
    return page
  }
  try {
    let coming = request(undefined)
    for (let page = 1; ; page += 1) {
      const { tools, nextCursor } = await coming
      if (nextCursor !== undefined) {
        if (seen.has(nextCursor)) {
          const message = `tools/list gave the same cursor twice, after page ${page}; expected a new one or none`
          throw new RegistryError('PROTOCOL_ERROR', message)
        }
        if (page === maxPages) {
          const message = `tools/list did not end: expected at most ${maxPages} pages`
          throw new RegistryError('PROTOCOL_ERROR', message)
        }
        seen.add(nextCursor)
        // The server works on the next page while this one is read.
        coming = request(nextCursor)
      }
      onPage(list.take(tools))
      if (nextCursor === undefined) return list
    }
  } finally {
    leaving.abort(listEnded)
  }
}
