import { startDeadline } from '../base/deadline.ts'
import { isRegistryError } from '../base/errors.ts'
import type { RefreshPhase } from '../model/events.ts'
import type { McpTimeouts } from '../model/server.ts'
import type { DialTarget } from '../sessions/dial-target.ts'
import type { SessionPool } from '../sessions/pool.ts'
import type { McpSession, RequestOptions, SessionOutput } from '../sessions/session.ts'
import { createToolList, type ToolList, type ToolListOptions } from '../tools/tool-list.ts'
import { readPages } from './list-pages.ts'

/** A server may not keep its list from being read again for longer, in ms. */
const maxTtlMs = 86_400_000

export interface Discovered extends ToolList {
  /** Time until a session was open, in ms; close to 0 if one was open already. */
  readonly connectMs: number
  /** Time to read all pages on that session, in ms. */
  readonly listMs: number
  /** How long the server says that the list stays as it is, in ms from now; undefined if it does not. */
  readonly ttlMs: number | undefined
}

export interface DiscoverOptions {
  readonly timeouts: McpTimeouts
  readonly list: ToolListOptions
  /** The caller's signal: an abort says nothing of the server. */
  readonly signal: AbortSignal
  /** Receives each phase, and after each page the number of tools listed. */
  readonly onPhase: (
    phase: Extract<RefreshPhase, 'CONNECTING' | 'NEGOTIATING' | 'AUTHORIZING' | 'LISTING'>,
    listed: number,
  ) => void
  readonly onOutput: (output: SessionOutput) => void
  /** Receives the failure of a request, and not that of a connection. */
  readonly onFailure: (error: unknown) => Promise<void>
}

/** Why a second attempt may succeed; undefined if it would not. */
function retryReason(error: unknown, { isOpen }: Pick<McpSession, 'isOpen'>): string | undefined {
  if (!isRegistryError(error)) return undefined
  const { httpStatus, jsonRpcCode } = error.details
  const isRefused = jsonRpcCode !== undefined || (httpStatus !== undefined && httpStatus >= 400 && httpStatus < 500)
  if (isRefused && !isOpen) return 'The server forgot the session'
  return error.code === 'CONNECT_FAILED' && error.retryable ? 'The connection was lost' : undefined
}

/**
 * Reads every page of `tools/list` on a session of the pool, within `maxTotalMs` in total. If the connection is lost or the
 * server has forgotten the session, it reads the list once more from the start. Rejects as the dial and the session do.
 *
 * @throws LIMIT_EXCEEDED if the list exceeds its budget
 * @throws PROTOCOL_ERROR if the server sends a cursor twice
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

/** Reads the list; a server without the capability `tools` has an empty one. */
async function listTools(
  session: McpSession,
  { requestMs, signal }: RequestOptions,
  options: ToolListOptions,
  onPage: (listed: number) => void,
): Promise<ToolList & Pick<Discovered, 'ttlMs'>> {
  const list = createToolList({ ...options, faultOf: (definition, text) => session.definitionFault(definition, text) })
  const ttls: (number | undefined)[] = []
  if (!session.facts.hasTools) return { ...list.end(), ttlMs: undefined }
  try {
    await readPages({
      what: 'tools/list',
      budget: options.budget,
      signal,
      async ask(cursor, ending) {
        const { tools, ttlMs, ...page } = await session.listTools(cursor, { requestMs, signal: ending })
        ttls.push(ttlMs)
        return { ...page, entries: tools }
      },
      take: async ({ entries, bytes }) => onPage(await list.take(entries, bytes)),
    })
  } catch (error) {
    list.drop()
    throw error
  }
  return { ...list.end(), ttlMs: shortestTtl(ttls) }
}

/** The list is fresh for as long as each of its pages is. */
function shortestTtl(ttls: readonly (number | undefined)[]): number | undefined {
  const given = ttls.filter((ttl) => ttl !== undefined)
  return given.length < ttls.length || given.length === 0 ? undefined : Math.min(maxTtlMs, ...given)
}
