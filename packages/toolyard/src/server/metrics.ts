import type { EndedJob, McpOperation, RegistryObserver } from '@toolyard/core'
import type { GraphQLOperation } from '@toolyard/graphql'
import { Counter, collectDefaultMetrics, Histogram, Registry as Metrics } from 'prom-client'
import { keysClosed, type MetricSources, scrapeSources } from './metric-sources.ts'

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

function createInstruments(metrics: Metrics) {
  const registers = [metrics]
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
  return { mcpDuration, jobs, jobDuration, eventLag, graphqlDuration }
}

export function createServerMetrics({ operationNames = new Set() }: ServerMetricsOptions = {}): ServerMetrics {
  const metrics = new Metrics()
  collectDefaultMetrics({ register: metrics })
  const { mcpDuration, jobs, jobDuration, eventLag, graphqlDuration } = createInstruments(metrics)
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
    watch: (sources) => scrapeSources(metrics, sources),
    contentType: metrics.contentType,
    text: () => metrics.metrics(),
    keysText: () => metrics.getSingleMetricAsString(keysClosed),
  }
}
