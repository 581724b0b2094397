import { isRegistryError, type RegistryError } from '../base/errors.ts'
import type { BudgetMeter } from '../budgets/budget-meter.ts'
import type { ListBudget, NextList } from '../budgets/listings.ts'
import { createFeatureList, type FeatureList } from '../features/feature-list.ts'
import { retryReason } from '../features/retry-reason.ts'
import type { ServerCapabilities } from '../model/dial-event.ts'
import { type FeatureKind, featureKinds } from '../model/feature.ts'
import type { McpTimeouts } from '../model/server.ts'
import type { DialTarget } from '../sessions/dial-target.ts'
import type { SessionPool } from '../sessions/pool.ts'
import type { McpSession, SessionOutput } from '../sessions/session.ts'
import { readPages } from './list-pages.ts'
import { shortestTtl } from './shortest-ttl.ts'

/** A list of resources, templates or prompts, or why it could not be read. */
export type ListedFeature = (FeatureList & { readonly ttlMs: number | undefined }) | { readonly error: RegistryError }

/** The lists that the server has, by its capabilities. */
export type ListedFeatures = ReadonlyMap<FeatureKind, ListedFeature>

export interface DiscoverFeaturesOptions {
  readonly timeouts: McpTimeouts
  readonly budget: ListBudget
  readonly meter: BudgetMeter
  /** The caller's signal, which ends all. */
  readonly signal: AbortSignal
  /** Aborts with `signal`, or once the time is up, which each list that is left fails with. */
  readonly ending: AbortSignal
  /** Receives after each page the method of the list, and the number of entries listed. */
  readonly onListed: (method: string, listed: number) => void
  readonly onOutput: (output: SessionOutput) => void
}

const methodNotFound = -32601

const lists: Readonly<
  Record<FeatureKind, NextList & { readonly capability: Extract<keyof ServerCapabilities, 'resources' | 'prompts'> }>
> = {
  RESOURCE: { what: 'resources/list', entries: 'listResources', capability: 'resources' },
  RESOURCE_TEMPLATE: { what: 'resources/templates/list', entries: 'listResourceTemplates', capability: 'resources' },
  PROMPT: { what: 'prompts/list', entries: 'listPrompts', capability: 'prompts' },
}

/**
 * Reads each list beside that of tools that the server's capabilities have, on sessions of the pool. A list that cannot be
 * read spoils no other. Rejects with the reason of `signal` alone.
 */
export async function discoverFeatures(
  pool: SessionPool,
  target: DialTarget,
  capabilities: ServerCapabilities,
  options: DiscoverFeaturesOptions,
): Promise<ListedFeatures> {
  const { budget, signal } = options
  const found = new Map<FeatureKind, ListedFeature>()
  for (const kind of featureKinds) {
    if (!capabilities[lists[kind].capability]) continue
    budget.next(lists[kind])
    try {
      found.set(kind, await discoverOne(pool, target, kind, options))
    } catch (error) {
      budget.restart()
      if (signal.aborted || !isRegistryError(error)) throw error
      found.set(kind, isWithoutTemplates(kind, error) ? noFeatures : { error })
    }
  }
  return found
}

const noFeatures: ListedFeature = { features: new Map(), rejected: [], ttlMs: undefined }

/** A server with resources need not have templates, and has no capability of its own for them. */
function isWithoutTemplates(kind: FeatureKind, { details }: RegistryError): boolean {
  return kind === 'RESOURCE_TEMPLATE' && details.jsonRpcCode === methodNotFound
}

/** Reads a list, and once more if the connection is lost or the server has forgotten the session. */
async function discoverOne(
  pool: SessionPool,
  target: DialTarget,
  kind: FeatureKind,
  options: DiscoverFeaturesOptions,
): Promise<ListedFeature> {
  const { timeouts, budget, ending, onOutput } = options
  let used: McpSession | undefined
  const attempt = () =>
    pool.use(target, { signal: ending, connectMs: timeouts.connectMs }, async (session) => {
      used = session
      budget.restart()
      const stopListening = session.onOutput(onOutput)
      try {
        return await readList(session, kind, options)
      } finally {
        stopListening()
      }
    })
  try {
    return await attempt()
  } catch (error) {
    const reason = used && !ending.aborted ? retryReason(error, used) : undefined
    if (reason === undefined) throw error
    onOutput({ stream: 'PROTOCOL', text: `${reason}; ${lists[kind].what} is read once more` })
    return await attempt()
  }
}

async function readList(
  session: McpSession,
  kind: FeatureKind,
  { timeouts: { requestMs }, budget, meter, ending, onListed }: DiscoverFeaturesOptions,
): Promise<ListedFeature> {
  const { what } = lists[kind]
  const list = createFeatureList({ kind, budget, meter })
  const ttls: (number | undefined)[] = []
  onListed(what, 0)
  await readPages({
    what,
    budget,
    signal: ending,
    async ask(cursor, signal) {
      const page = await session.listFeatures(kind, cursor, { requestMs, signal })
      ttls.push(page.ttlMs)
      return page
    },
    take: async (page) => onListed(what, await list.take(page)),
  })
  budget.complete()
  return { ...list.end(), ttlMs: shortestTtl(ttls) }
}
