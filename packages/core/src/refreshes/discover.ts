import { startDeadline } from '../base/deadline.ts'
import { retryReason } from '../features/retry-reason.ts'
import type { ServerCapabilities } from '../model/dial-event.ts'
import type { RefreshPhase } from '../model/events.ts'
import type { McpTimeouts } from '../model/server.ts'
import type { DialTarget } from '../sessions/dial-target.ts'
import type { SessionPool } from '../sessions/pool.ts'
import type { McpSession, RequestOptions, SessionOutput } from '../sessions/session.ts'
import { createToolList, type ToolList, type ToolListOptions } from '../tools/tool-list.ts'
import { discoverFeatures, type ListedFeatures } from './discover-features.ts'
import { readPages } from './list-pages.ts'
import { shortestTtl } from './shortest-ttl.ts'

interface DiscoveredTools extends ToolList {
  /** Time until a session was open, in ms; close to 0 if one was open already. */
  readonly connectMs: number
  /** Time to read all pages on that session, in ms. */
  readonly listMs: number
  /** How long the server says that the lists stay as they are, in ms from now; undefined if it does not. */
  readonly ttlMs: number | undefined
  readonly capabilities: ServerCapabilities
}

export interface Discovered extends Omit<DiscoveredTools, 'capabilities'> {
  readonly features: ListedFeatures
}

export interface DiscoverOptions {
  readonly timeouts: McpTimeouts
  readonly list: ToolListOptions
  /** The caller's signal: an abort says nothing of the server. */
  readonly signal: AbortSignal
  /** Receives each phase, and after each page the number of tools listed; of another list, with its method. */
  readonly onPhase: (
    phase: Extract<RefreshPhase, 'CONNECTING' | 'NEGOTIATING' | 'AUTHORIZING' | 'LISTING'>,
    listed: number,
    list?: string,
  ) => void
  readonly onOutput: (output: SessionOutput) => void
  /** Receives the failure of a request, and not that of a connection. */
  readonly onFailure: (error: unknown) => Promise<void>
}

/**
 * Reads all lists of a server on sessions of the pool, within `maxTotalMs` in total. If the connection is lost or the server
 * has forgotten the session, it reads the list once more from the start. Rejects as the dial and the session do for the
 * tools; a failure of another list is in the answer.
 *
 * @throws LIMIT_EXCEEDED if the list of tools exceeds its budget
 * @throws PROTOCOL_ERROR if the server sends a cursor twice
 */
export async function discover(pool: SessionPool, target: DialTarget, options: DiscoverOptions): Promise<Discovered> {
  const { timeouts, list, onPhase, onOutput, signal } = options
  using total = startDeadline(signal, [{ name: 'maxTotalMs', ms: timeouts.maxTotalMs }])
  const { capabilities, ...tools } = await discoverTools(pool, target, options, total.signal)
  const beganAt = performance.now()
  const features = await discoverFeatures(pool, target, capabilities, {
    timeouts,
    ...list,
    signal,
    ending: total.signal,
    onListed: (method, listed) => onPhase('LISTING', listed, method),
    onOutput,
  })
  if (features.size === 0) return { ...tools, features }
  // What an interval waits for is the first list that may change.
  const ttls = [...features.values()].map((each) => ('error' in each ? undefined : each.ttlMs))
  const ttlMs = shortestTtl(capabilities.tools ? [tools.ttlMs, ...ttls] : ttls)
  return { ...tools, features, ttlMs, listMs: tools.listMs + performance.now() - beganAt }
}

async function discoverTools(
  pool: SessionPool,
  target: DialTarget,
  options: DiscoverOptions,
  signal: AbortSignal,
): Promise<DiscoveredTools> {
  const { timeouts, list, onPhase, onOutput, onFailure } = options
  const { budget } = list
  const { connectMs, requestMs } = timeouts
  let failed: { readonly error: unknown; readonly session: McpSession } | undefined

  function attempt(): Promise<DiscoveredTools> {
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
        const { capabilities } = session.facts
        return {
          ...listed,
          capabilities,
          connectMs: connectedAt - begunAt,
          listMs: performance.now() - connectedAt,
        }
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
  if (!session.facts.capabilities.tools) return { ...list.end(), ttlMs: undefined }
  try {
    await readPages({
      what: 'tools/list',
      budget: options.budget,
      signal,
      async ask(cursor, ending) {
        const page = await session.listTools(cursor, { requestMs, signal: ending })
        ttls.push(page.ttlMs)
        return page
      },
      take: async (page) => onPage(await list.take(page)),
    })
  } catch (error) {
    list.drop()
    throw error
  }
  return { ...list.end(), ttlMs: shortestTtl(ttls) }
}
