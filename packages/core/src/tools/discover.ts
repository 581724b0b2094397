import { isRegistryError } from '../errors.ts'
import type { RefreshPhase } from '../events/events.ts'
import type { McpTimeouts } from '../servers/server.ts'
import { startDeadline } from '../sessions/deadline.ts'
import type { DialTarget } from '../sessions/dial-target.ts'
import type { SessionPool } from '../sessions/pool.ts'
import type { McpSession, RequestOptions, SessionOutput } from '../sessions/session.ts'
import { readPages } from './list-pages.ts'
import { createToolList, type ToolList, type ToolListOptions } from './tool-list.ts'

export interface Discovered extends ToolList {
  /** How long it took until there was a session: about nothing where one was open. */
  readonly connectMs: number
  /** How long it took to read all pages, once there was a session. */
  readonly listMs: number
}

export interface DiscoverOptions {
  readonly timeouts: McpTimeouts
  readonly list: ToolListOptions
  /** The caller's: what it aborts is no fault of the server. */
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
 * where the connection is lost meanwhile, and where the server has forgotten the session. Rejects where the dial fails, with what the session rejects with, with
 * LIMIT_EXCEEDED where the list passes its budget, and with PROTOCOL_ERROR where a cursor comes twice.
 */
export async function discover(pool: SessionPool, target: DialTarget, options: DiscoverOptions): Promise<Discovered> {
  const { timeouts, list, onPhase, onOutput, onFailure } = options
  const { budget } = list
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
        budget.restart()
        const onPage = (listed: number) => onPhase('LISTING', listed)
        const listed = await listTools(session, { requestMs, signal }, list, onPage)
        budget.complete()
        return { ...listed, connectMs: connectedAt - begunAt, listMs: performance.now() - connectedAt }
      } catch (error) {
        if (!budget.isWaiting) failedRequest = error
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

/** A server without the capability `tools` has none. */
async function listTools(
  session: McpSession,
  { requestMs, signal }: RequestOptions,
  options: ToolListOptions,
  onPage: (listed: number) => void,
): Promise<ToolList> {
  const list = createToolList(options)
  if (!session.facts.hasTools) return list.end()
  try {
    await readPages({
      what: 'tools/list',
      budget: options.budget,
      signal,
      async ask(cursor, ending) {
        const { tools, ...page } = await session.listTools(cursor, { requestMs, signal: ending })
        return { ...page, entries: tools }
      },
      take: async ({ entries, bytes }) => onPage(await list.take(entries, bytes)),
    })
  } catch (error) {
    list.drop()
    throw error
  }
  return list.end()
}
