import type { EndedJob, McpOperation, RegistryObserver, RegistryStats } from '@toolyard/core'
import type { GraphQLOperation } from '@toolyard/graphql'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry as Metrics } from 'prom-client'

/** What there is now, asked for at each scrape. */
export interface MetricSources {
  readonly stats: () => RegistryStats
  readonly sockets: () => number
  /** GraphQL subscriptions that go on, over every transport. */
  readonly subscriptions: () => number
  /** Of the limits of the API, by their names; those of the registry are in its stats. */
  readonly refusals: () => Readonly<Record<string, number>>
  /** Undefined if no keys are asked for. */
  readonly keys: KeyHealth | undefined
}

/** Whether the file of API keys can be read. */
export interface KeyHealth {
  readonly status: 'OPEN' | 'CLOSED'
  readonly failedReads: number
}

/** The metrics of one server, as Prometheus reads them. None has a label that clients or MCP servers could make grow. */
export interface ServerMetrics {
  /** For the registry. */
  readonly observer: Required<RegistryObserver>
  /** For the GraphQL handler. */
  readonly onOperation: (operation: GraphQLOperation) => void
  /** Has what there is told too; once. */
  watch(sources: MetricSources): void
  readonly contentType: string
  text(): Promise<string>
  /** What there is to tell while no key can be valid: that, and nothing else. */
  keysText(): Promise<string>
}

const keysClosed = 'toolyard_api_keys_closed'

export interface ServerMetricsOptions {
  /** Names of persisted operations: every other name is a client's own. @default none */
  readonly operationNames?: ReadonlySet<string>
}
const mcpBuckets = [0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300]
const graphqlBuckets = [0.001, 0.0025, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30]
const lagBuckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1]

/** As the GraphQL API writes them. */
const transports = { stdio: 'STDIO', sse: 'SSE', streamableHttp: 'STREAMABLE_HTTP' } as const
const kinds = ['RUN', 'REFRESH'] as const
const statuses = ['SUCCEEDED', 'FAILED', 'CANCELED', 'TIMED_OUT', 'OUTCOME_UNKNOWN'] as const

/** Servers number their errors as they please. */
function errorTypeOf({ errorType }: McpOperation): string {
  return errorType !== null && /^-?\d+$/.test(errorType) ? 'JSON_RPC_ERROR' : (errorType ?? '')
}

export function createServerMetrics({ operationNames = new Set() }: ServerMetricsOptions = {}): ServerMetrics {
  const metrics = new Metrics()
  const registers = [metrics]
  collectDefaultMetrics({ register: metrics })
  const mcpDuration = new Histogram({
    name: 'mcp_client_operation_duration_seconds',
    help: 'How long requests to MCP servers took; error_type is empty where they succeeded',
    labelNames: ['method', 'transport', 'error_type'],
    buckets: mcpBuckets,
    registers,
  })
  const jobs = new Counter({
    name: 'toolyard_jobs_total',
    help: 'Runs and refreshes that ended on this node',
    labelNames: ['kind', 'status'],
    registers,
  })
  // A rate is wrong where a series begins with its first event.
  for (const kind of kinds) for (const status of statuses) jobs.inc({ kind, status }, 0)
  const jobDuration = new Histogram({
    name: 'toolyard_job_duration_seconds',
    help: 'How long runs and refreshes took from their creation to their end',
    labelNames: ['kind'],
    buckets: mcpBuckets,
    registers,
  })
  const eventLag = new Histogram({
    name: 'toolyard_event_lag_seconds',
    help: 'From when it is known that events are committed to when they are read for those who wait for them',
    buckets: lagBuckets,
    registers,
  })
  const graphqlDuration = new Histogram({
    name: 'toolyard_graphql_operation_duration_seconds',
    help: 'How long GraphQL operations took, by the names of persisted ones; of a subscription, until it was open',
    labelNames: ['operation', 'type', 'outcome'],
    buckets: graphqlBuckets,
    registers,
  })
  // A name of a client's own may say what it does, and for whom.
  const nameOf = (name: string | null) => (name === null ? 'anonymous' : operationNames.has(name) ? name : 'other')

  return {
    observer: {
      onOperation(operation: McpOperation) {
        const { method, transport, durationMs } = operation
        const labels = { method, transport: transports[transport], error_type: errorTypeOf(operation) }
        mcpDuration.observe(labels, durationMs / 1_000)
      },
      onJobEnded({ kind, status, durationMs }: EndedJob) {
        jobs.inc({ kind, status })
        jobDuration.observe({ kind }, durationMs / 1_000)
      },
      onEventsRead: (lagMs) => eventLag.observe(lagMs / 1_000),
    },
    onOperation({ type, name, durationMs, hasErrors }) {
      const outcome = hasErrors ? 'error' : 'ok'
      graphqlDuration.observe({ operation: nameOf(name), type, outcome }, durationMs / 1_000)
    },
    watch: (sources) => addSources(metrics, sources),
    contentType: metrics.contentType,
    text: () => metrics.metrics(),
    keysText: () => metrics.getSingleMetricAsString(keysClosed),
  }
}

function addSources(metrics: Metrics, { stats, sockets, subscriptions, keys, refusals }: MetricSources): void {
  const registers = [metrics]
  function gauge(name: string, help: string, read: () => number): void {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read())
      },
    })
  }
  function counter(name: string, help: string, read: () => number): void {
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
  const { version } = stats()
  new Gauge({ name: 'toolyard_info', help: 'The version that runs', labelNames: ['version'], registers }).set(
    { version },
    1,
  )
  gauge('toolyard_sessions', 'Connections to MCP servers, open or being opened', () => stats().sessions)
  gauge('toolyard_sessions_idle', 'Open connections that nobody uses', () => stats().idleSessions)
  gauge(
    'toolyard_requests_waiting',
    'Requests that wait for their turn at an MCP server',
    () => stats().waitingRequests,
  )
  counter('toolyard_sessions_opened_total', 'Connections to MCP servers that were opened', () => stats().sessionsOpened)
  counter(
    'toolyard_protocol_faults_total',
    'Messages of MCP servers that broke the protocol',
    () => stats().protocolFaults,
  )
  new Counter({
    name: 'toolyard_budget_refusals_total',
    help: 'What a budget or a limit of the API has refused, cut or put off, by its name',
    labelNames: ['budget'],
    registers,
    collect() {
      this.reset()
      const all = { ...stats().budgetRefusals, ...refusals() }
      for (const [budget, count] of Object.entries(all)) this.inc({ budget }, count)
    },
  })
  gauge(
    'toolyard_jobs_running',
    'Runs and refreshes under way on this node, queued ones included',
    () => stats().runningJobs,
  )
  gauge('toolyard_event_subscribers', 'Readers that follow a job or the feed', () => stats().eventSubscribers)
  gauge('toolyard_websockets', 'Open WebSockets', sockets)
  gauge('toolyard_graphql_subscriptions', 'GraphQL subscriptions, event streams included', subscriptions)
  gauge(keysClosed, 'Whether no API key is valid, as the file of keys cannot be read', () =>
    keys?.status === 'CLOSED' ? 1 : 0,
  )
  counter(
    'toolyard_api_keys_failed_reads_total',
    'Reads of the file of API keys that failed, at most one a second',
    () => keys?.failedReads ?? 0,
  )
}
