import type { RegistryStats } from '@toolyard/core'
import { Counter, Gauge, type Registry as Metrics } from 'prom-client'

/** Current values, read at each scrape. */
export interface MetricSources {
  readonly stats: () => RegistryStats
  readonly sockets: () => number
  /** Open GraphQL subscriptions, over every transport. */
  readonly subscriptions: () => number
  /** Refusals by the limits of the API, by name; the stats have those of the registry. */
  readonly refusals: () => Readonly<Record<string, number>>
  /** Undefined if the server asks for no API keys. */
  readonly keys: KeyHealth | undefined
}

/** Whether the file of API keys can be read. */
export interface KeyHealth {
  readonly status: 'OPEN' | 'CLOSED'
  readonly failedReads: number
}

export const keysClosed = 'toolyard_api_keys_closed'

/** Name, help, and the value at a scrape. */
type Reading = readonly [name: string, help: string, read: () => number]

function gaugesOf({ stats, sockets, subscriptions, keys }: MetricSources): readonly Reading[] {
  return [
    ['toolyard_sessions', 'Connections to MCP servers, open or being opened', () => stats().sessions],
    ['toolyard_sessions_idle', 'Open connections to MCP servers that are idle', () => stats().idleSessions],
    ['toolyard_requests_waiting', 'Requests that wait for their turn at an MCP server', () => stats().waitingRequests],
    [
      'toolyard_jobs_running',
      'Runs and refreshes under way on this node, queued ones included',
      () => stats().runningJobs,
    ],
    ['toolyard_event_subscribers', 'Readers that follow a job or the feed', () => stats().eventSubscribers],
    ['toolyard_resource_followers', 'Followers of resources of MCP servers', () => stats().resourceFollowers],
    [
      'toolyard_followed_resources',
      'Resources that this node follows at their MCP servers',
      () => stats().followedResources,
    ],
    ['toolyard_websockets', 'Open WebSockets', sockets],
    ['toolyard_graphql_subscriptions', 'GraphQL subscriptions, event streams included', subscriptions],
    [
      keysClosed,
      'Whether no API key is valid, as the file of keys cannot be read',
      () => (keys?.status === 'CLOSED' ? 1 : 0),
    ],
  ]
}

function countersOf({ stats, keys }: MetricSources): readonly Reading[] {
  return [
    ['toolyard_sessions_opened_total', 'Connections to MCP servers that were opened', () => stats().sessionsOpened],
    ['toolyard_protocol_faults_total', 'Messages of MCP servers that broke the protocol', () => stats().protocolFaults],
    [
      'toolyard_api_keys_failed_reads_total',
      'Reads of the file of API keys that failed, at most one a second',
      () => keys?.failedReads ?? 0,
    ],
  ]
}

function addRefusals(metrics: Metrics, { stats, refusals }: MetricSources): void {
  new Counter({
    name: 'toolyard_budget_refusals_total',
    help: 'Refusals, cuts and delays by a budget or a limit of the API, by its name',
    labelNames: ['budget'],
    registers: [metrics],
    collect() {
      this.reset()
      const all = { ...stats().budgetRefusals, ...refusals() }
      for (const [budget, count] of Object.entries(all)) this.inc({ budget }, count)
    },
  })
}

/** Adds metrics that are read from the sources at each scrape. */
export function scrapeSources(metrics: Metrics, sources: MetricSources): void {
  const registers = [metrics]
  new Gauge({ name: 'toolyard_info', help: 'The version that runs', labelNames: ['version'], registers }).set(
    { version: sources.stats().version },
    1,
  )
  for (const [name, help, read] of gaugesOf(sources)) {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read())
      },
    })
  }
  for (const [name, help, read] of countersOf(sources)) {
    new Counter({
      name,
      help,
      registers,
      collect() {
        this.reset()
        this.inc(read())
      },
    })
  }
  addRefusals(metrics, sources)
}
