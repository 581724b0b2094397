import { startDeadline } from '../base/deadline.ts'
import { isRegistryError } from '../base/errors.ts'
import type { RefreshPhase } from '../model/events.ts'
import type { McpTimeouts } from '../model/server.ts'
import type { DialTarget } from '../sessions/dial-target.ts'
import type { SessionPool } from '../sessions/pool.ts'
import type { McpSession, RequestOptions, SessionOutput } from '../sessions/session.ts'
import { createToolList, type ToolList, type ToolListOptions } from '../tools/tool-list.ts'
import { readPages } from './list-pages.ts'

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
function retryReason(error: unknown, { isOpen }: Pick<McpSession, 'isOpen'>): string | undefined {
  if (!isRegistryError(error)) return undefined
  const { httpStatus, jsonRpcCode } = error.details
  const isRefused = jsonRpcCode !== undefined || (httpStatus !== undefined && httpStatus >= 400 && httpStatus < 500)
  if (isRefused && !isOpen) return 'The server forgot the session'
  return error.code === 'CONNECT_FAILED' && error.retryable ? 'The connection was lost' : undefined
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
  let failed: { readonly error: unknown; readonly session: McpSession } | undefined

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
        if (!budget.isWaiting) failed = { error, session }
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
      const ofRequest = failed?.error === error ? failed : undefined
      const reason = ofRequest && !signal.aborted ? retryReason(error, ofRequest.session) : undefined
      if (reason === undefined || retried.has(reason)) {
        if (ofRequest && !options.signal.aborted) await onFailure(error)
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
