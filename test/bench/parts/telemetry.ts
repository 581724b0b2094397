import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { context, propagation, ROOT_CONTEXT, type TracerProvider, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { W3CTraceContextPropagator } from '@opentelemetry/core'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { BasicTracerProvider, BatchSpanProcessor, type SpanExporter } from '@opentelemetry/sdk-trace-base'
import { createRegistry, type RegistryOptions } from '@toolyard/core'
import { sqliteStorage } from '@toolyard/core/sqlite'
import { addOverGraphql, registerOverGraphql } from '../contenders/graphql.ts'
import { addTool } from '../contenders/library.ts'
import type { Fixture } from '../fixture/start.ts'
import { startGraphql } from '../graphql-service.ts'
import { type Group, interleave, type Plan, type Subject } from '../measure.ts'
import { ownCpu } from '../processes.ts'
import type { Settings } from '../settings.ts'
import { temporaryFolder } from '../temporary-folder.ts'

/** Takes spans, and counts them: what sending them costs is the matter of the exporter. */
function countingExporter(): SpanExporter & { readonly count: () => number } {
  let count = 0
  return {
    export(spans, done) {
      count += spans.length
      done({ code: 0 })
    },
    shutdown: async () => undefined,
    count: () => count,
  }
}

interface Sdk {
  readonly telemetry: { readonly tracerProvider: TracerProvider; readonly meterProvider: MeterProvider }
  readonly spans: () => number
  /** Within a span of the application. */
  readonly inTrace: <T>(work: () => Promise<T>) => Promise<T>
}

/** An SDK as an application would set it up. The other registries never come to its global parts: they have no spans. */
function startSdk(stack: AsyncDisposableStack): Sdk {
  const exporter = countingExporter()
  const tracerProvider = new BasicTracerProvider({ spanProcessors: [new BatchSpanProcessor(exporter)] })
  const reader = new PeriodicExportingMetricReader({
    exporter: new InMemoryMetricExporter(AggregationTemporality.DELTA),
  })
  const meterProvider = new MeterProvider({ readers: [reader] })
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  propagation.setGlobalPropagator(new W3CTraceContextPropagator())
  stack.defer(async () => {
    context.disable()
    propagation.disable()
    await tracerProvider.shutdown()
    await meterProvider.shutdown()
  })
  const callers = trace.setSpan(ROOT_CONTEXT, tracerProvider.getTracer('an application').startSpan('a caller'))
  return {
    telemetry: { tracerProvider, meterProvider },
    spans: exporter.count,
    inTrace: (work) => context.with(callers, work),
  }
}

async function librarySubjects(fixture: Fixture, stack: AsyncDisposableStack): Promise<readonly Subject[]> {
  const folder = await temporaryFolder()
  stack.defer(folder.remove)
  const sdk = startSdk(stack)
  const subject = async (
    name: string,
    telemetry: RegistryOptions['telemetry'],
    inTrace: Sdk['inTrace'] = (work) => work(),
  ): Promise<Subject> => {
    const storage = sqliteStorage({ path: join(folder.path, `${name}.db`) })
    const registry = stack.use(await createRegistry({ storage, ...(telemetry ? { telemetry } : {}) }))
    const id = await addTool(registry, fixture.http)
    return {
      name,
      cpu: ownCpu,
      async run() {
        const { result } = await inTrace(() => registry.tools.run({ id }, { a: 1, b: 2 }))
        if (String(result?.funcReturn) !== '3')
          throw new Error(`A run answered ${String(result?.funcReturn)} for 1 + 2`)
      },
    }
  }
  stack.defer(async () => {
    if (sdk.spans() === 0) throw new Error('The SDK got no spans: what was measured as tracing was none')
  })
  return [
    await subject('switched off', { enabled: false }),
    await subject('no SDK', undefined),
    await subject('tracing', { tracerProvider: sdk.telemetry.tracerProvider }, sdk.inTrace),
    await subject('tracing and metrics', sdk.telemetry, sdk.inTrace),
    await subject('both, a trace for each run', sdk.telemetry),
  ]
}

/** Takes whatever is sent, as a collector does. */
async function startCollector(
  stack: AsyncDisposableStack,
): Promise<{ readonly url: string; readonly count: () => number }> {
  let count = 0
  const server = createServer((request, response) => {
    count += 1
    request.resume().on('end', () => response.writeHead(200, { 'content-type': 'application/json' }).end('{}'))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  stack.defer(async () => {
    server.close()
    server.closeAllConnections()
  })
  // A server that listens on a port has an AddressInfo.
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, count: () => count }
}

async function serverSubjects(fixture: Fixture, stack: AsyncDisposableStack): Promise<readonly Subject[]> {
  const folder = await temporaryFolder()
  stack.defer(folder.remove)
  const collector = await startCollector(stack)
  const subject = async (name: string, flags: readonly string[]): Promise<Subject> => {
    const service = await startGraphql(join(folder.path, `${name}.db`), { flags })
    stack.defer(service.close)
    const id = await registerOverGraphql(service, fixture.http)
    return {
      name,
      cpu: service.cpu,
      async run() {
        const answer = await addOverGraphql(service, id, 1, 2)
        if (answer !== '3') throw new Error(`GraphQL answered ${answer} for 1 + 2`)
      },
    }
  }
  return [await subject('no OTLP', []), await subject('OTLP', ['--otlp', collector.url])]
}

/** Cost of spans and metrics per run, without and with an exporter. */
export async function measureTelemetry(fixture: Fixture, settings: Settings): Promise<Group[]> {
  const { isQuick, rounds = isQuick ? 10 : 600 } = settings
  // A few percent are looked for: short turns, one right after the other, meet the same noise.
  const plan: Plan = { rounds, sliceMs: 12, minRuns: 10, collects: false, warmUpMs: isQuick ? 200 : 2_000 }
  await using stack = new AsyncDisposableStack()
  const library = await librarySubjects(fixture, stack)
  const groups = [await interleave('runs, by telemetry', library, plan)]
  const server = await serverSubjects(fixture, stack)
  groups.push(await interleave('runs over GraphQL, by telemetry', server, plan))
  return groups
}
