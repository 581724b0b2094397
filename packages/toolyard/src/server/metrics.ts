import type { EndedJob, McpOperation, RegistryObserver } from '@toolyard/core'
import type { GraphQLOperation } from '@toolyard/graphql'
import { Counter, collectDefaultMetrics, Histogram, Registry as Metrics } from 'prom-client'
import { keysClosed, type MetricSources, scrapeSources } from './metric-sources.ts'

/**
 * The metrics of one server, for Prometheus. No label takes values that clients or MCP servers choose, so that their
 * number stays bounded.
 */
export interface ServerMetrics {
  /** For the registry. */
  readonly observer: Required<RegistryObserver>
  /** For the GraphQL handler. */
  readonly onOperation: (operation: GraphQLOperation) => void
  /** Adds the metrics of these sources. Called once. */
  watch(sources: MetricSources): void
  readonly contentType: string
  text(): Promise<string>
  /** Prints the one metric of a server whose keys cannot be read. */
  keysText(): Promise<string>
}

export interface ServerMetricsOptions {
  /** Names of persisted operations: every other name is a client's own. @default none */
  readonly operationNames?: ReadonlySet<string>
}
const mcpBuckets = [0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300]
const graphqlBuckets = [0.001, 0.0025, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30]
const lagBuckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1]

/** Names of transports, as in the GraphQL API. */
const transports = { stdio: 'STDIO', sse: 'SSE', streamableHttp: 'STREAMABLE_HTTP' } as const
const kinds = ['RUN', 'REFRESH'] as const
const statuses = ['SUCCEEDED', 'FAILED', 'CANCELED', 'TIMED_OUT', 'OUTCOME_UNKNOWN'] as const

/** Maps all numbers to one type, as servers choose their own. */
function errorTypeOf({ errorType }: McpOperation): string {
  return errorType !== null && /^-?\d+$/.test(errorType) ? 'JSON_RPC_ERROR' : (errorType ?? '')
}

function createInstruments(metrics: Metrics) {
  const registers = [metrics]
  const mcpDuration = new Histogram({
    name: 'mcp_client_operation_duration_seconds',
    help: 'Duration of requests to MCP servers; error_type is empty on success',
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
  // A rate is wrong if a series begins with its first event.
  for (const kind of kinds) for (const status of statuses) jobs.inc({ kind, status }, 0)
  const jobDuration = new Histogram({
    name: 'toolyard_job_duration_seconds',
    help: 'Duration of runs and refreshes, from creation to end',
    labelNames: ['kind'],
    buckets: mcpBuckets,
    registers,
  })
  const eventLag = new Histogram({
    name: 'toolyard_event_lag_seconds',
    help: 'Time from the notice of committed events to their read for subscribers',
    buckets: lagBuckets,
    registers,
  })
  const graphqlDuration = new Histogram({
    name: 'toolyard_graphql_operation_duration_seconds',
    help: 'Duration of GraphQL operations, by the names of persisted ones; of a subscription, the time until it was open',
    labelNames: ['operation', 'type', 'outcome'],
    buckets: graphqlBuckets,
    registers,
  })
  const renewals = new Counter({
    name: 'toolyard_oauth_renewals_total',
    help: 'Attempts of this node to renew the tokens of servers: failed ones are repeated, refused ones need the owner',
    labelNames: ['outcome'],
    registers,
  })
  for (const outcome of ['succeeded', 'failed', 'refused']) renewals.inc({ outcome }, 0)
  return { renewals, mcpDuration, jobs, jobDuration, eventLag, graphqlDuration }
}

export function createServerMetrics({ operationNames = new Set() }: ServerMetricsOptions = {}): ServerMetrics {
  const metrics = new Metrics()
  collectDefaultMetrics({ register: metrics })
  const { renewals, mcpDuration, jobs, jobDuration, eventLag, graphqlDuration } = createInstruments(metrics)
  // A client's own name may reveal what it does, and for whom.
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
      onTokensRenewed: ({ outcome }) => renewals.inc({ outcome: outcome.toLowerCase() }),
      onEventsRead: (lagMs) => eventLag.observe(lagMs / 1_000),
    },
    onOperation({ type, name, durationMs, hasErrors }) {
      const outcome = hasErrors ? 'error' : 'ok'
      graphqlDuration.observe({ operation: nameOf(name), type, outcome }, durationMs / 1_000)
    },
    watch: (sources) => scrapeSources(metrics, sources),
    contentType: metrics.contentType,
    text: () => metrics.metrics(),
    keysText: () => metrics.getSingleMetricAsString(keysClosed),
  }
}
