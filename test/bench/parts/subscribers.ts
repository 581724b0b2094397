import { type ChildProcess, fork } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type HeldServer, startHeldServer, ticks } from '../fixture/held-server.ts'
import type { SubscribeOrder, SubscriberReport } from '../fixture/subscriber-orders.ts'
import { type GraphqlService, type GraphqlServiceOptions, startGraphql } from '../graphql-service.ts'
import { type Group, interleave, type Subject } from '../measure.ts'
import { cpuOf, startService, stop } from '../processes.ts'
import type { Settings } from '../settings.ts'
import { median, percentile } from '../statistics.ts'
import { temporaryFolder } from '../temporary-folder.ts'

const newTools = 100
/** Of a refresh that is held at its list: started, CONNECTING or a session that is open, LISTING. */
const heldEvents = 2
/** Once it is let go: LISTING, DIFFING, PERSISTING, the tools that are new and those that are gone, finished. */
const releasedEvents = 2 * newTools + 4

const refreshQuery = /* GraphQL */ `
  subscription ($id: ID!) {
    mcpServerRefreshEvents(refreshId: $id) {
      __typename
      ... on JobEvent { cursor at }
      ... on RefreshPhaseChanged { phase done total }
      ... on RefreshToolChanged { change tool { id name description } }
      ... on RefreshFinished { refresh { status } }
    }
  }`
const plainQuery = /* GraphQL */ `
  subscription ($id: ID!) {
    mcpServerRefreshEvents(refreshId: $id) {
      __typename
      ... on JobEvent { cursor at }
      ... on RefreshToolChanged { change tool { id name description } }
    }
  }`
const runQuery = /* GraphQL */ `
  subscription ($id: ID!) {
    toolRunEvents(runId: $id) { __typename ... on JobEvent { cursor at } ... on ToolRunProgress { progress message } }
  }`

type Ended = Extract<SubscriberReport, { kind: 'ended' }>

/** The process with all the subscribers. */
class Subscribers {
  readonly #child: ChildProcess = fork(fileURLToPath(new URL('../fixture/subscribers.ts', import.meta.url)))

  #report(kind: SubscriberReport['kind']): Promise<SubscriberReport> {
    const { promise, resolve, reject } = Promise.withResolvers<SubscriberReport>()
    this.#child.once('message', (report: SubscriberReport) => {
      if (report.kind === kind) resolve(report)
      else reject(new Error(`The subscribers: ${JSON.stringify(report).slice(0, 1_000)}`))
    })
    return promise
  }

  /** Resolves once every subscriber has the events that come before the release of the rest. */
  async subscribe(order: SubscribeOrder): Promise<void> {
    const subscribed = this.#report('subscribed')
    this.#child.send(order)
    await subscribed
  }

  async ended(): Promise<Ended> {
    // What it is asked for is what it answers.
    return (await this.#report('ended')) as Ended
  }

  close(): Promise<void> {
    return stop(this.#child)
  }
}

interface Started {
  readonly refreshMcpServer: { readonly refresh: { readonly id: string } }
}

async function register(service: GraphqlService, serverUrl: string): Promise<string> {
  const { createMcpServer } = await service.request<{ createMcpServer: { server: { id: string } } }>(
    `mutation ($url: URL!) {
      createMcpServer(input: { name: "held", config: { streamableHttp: { serverUrl: $url } }, refresh: false }) {
        ... on CreateMcpServerPayload { server { ... on McpServerBase { id } } }
      }
    }`,
    { url: serverUrl },
  )
  return createMcpServer.server.id
}

async function startRefresh(service: GraphqlService, serverId: string): Promise<string> {
  const { refreshMcpServer } = await service.request<Started>(
    `mutation ($id: ID!) {
      refreshMcpServer(input: { id: $id, wait: false }) { ... on RefreshMcpServerPayload { refresh { id } } }
    }`,
    { id: serverId },
  )
  return refreshMcpServer.refresh.id
}

/** A server that watches the held one, with its subscribers. */
interface Watched {
  readonly service: GraphqlService
  readonly serverId: string
  readonly clients: Subscribers
}

async function startWatched(
  held: HeldServer,
  stack: AsyncDisposableStack,
  options: GraphqlServiceOptions,
): Promise<Watched> {
  const folder = await temporaryFolder()
  stack.defer(folder.remove)
  const service = await startGraphql(join(folder.path, 'bench.db'), options)
  stack.defer(service.close)
  const clients = new Subscribers()
  stack.defer(() => clients.close())
  const serverId = await register(service, held.url)
  // The first refresh has nothing to remove, and opens the session.
  held.hold(newTools)
  held.letGo()
  await service.request(
    `mutation ($id: ID!) {
    refreshMcpServer(input: { id: $id, wait: true }) { ... on RefreshMcpServerPayload { refresh { status } } }
  }`,
    { id: serverId },
  )
  return { service, serverId, clients }
}

/** Lets the events go, and checks that every subscriber gets all of them. */
async function deliver(clients: Subscribers, subscribers: number, release: () => Promise<void> | void): Promise<void> {
  const ended = clients.ended()
  await release()
  const report = await ended
  if (report.deliveries !== subscribers * releasedEvents) {
    throw new Error(`expected ${releasedEvents} events for ${subscribers}, got ${report.deliveries}`)
  }
}

function refreshSubject(name: string, held: HeldServer, watched: Watched, subscribers: number): Subject {
  const { service, serverId, clients } = watched
  return {
    name,
    cpu: service.cpu,
    inspector: service.inspector,
    async before() {
      held.hold(newTools)
      const id = await startRefresh(service, serverId)
      const url = `${service.origin.replace('http', 'ws')}/graphql`
      await clients.subscribe({ url, subscribers, query: refreshQuery, variables: { id }, before: heldEvents })
    },
    run: () => deliver(clients, subscribers, held.letGo),
  }
}

async function plainSubject(stack: AsyncDisposableStack, subscribers: number): Promise<Subject> {
  const plainProgram = fileURLToPath(new URL('../fixture/plain-subscriptions.ts', import.meta.url))
  const plain = await startService({
    args: [plainProgram, String(releasedEvents)],
    env: { NODE_ENV: 'production' },
    stream: 'stdout',
    ready: /listening on (http\S+)/,
  })
  stack.defer(plain.stop)
  const clients = new Subscribers()
  stack.defer(() => clients.close())
  return {
    name: 'plain graphql-ws',
    cpu: () => cpuOf(plain.pid),
    async before() {
      const url = `${plain.found.replace('http', 'ws')}/graphql`
      await clients.subscribe({ url, subscribers, query: plainQuery, variables: { id: 'a' }, before: 1 })
    },
    async run() {
      await deliver(clients, subscribers, async () => void (await fetch(`${plain.found}/release`)))
    },
  }
}

/** Everything that watchers of one refresh are told, and how late they are told of a run. */
export async function measureSubscribers(settings: Settings): Promise<Group[]> {
  const { isQuick, isProfiled, against, rounds = isQuick ? 2 : 8 } = settings
  const subscribers = isQuick ? 100 : 1_000
  await using stack = new AsyncDisposableStack()
  const held = await startHeldServer()
  stack.defer(held.close)
  const watched = await startWatched(held, stack, { isProfiled })
  const before = against === undefined ? undefined : await startWatched(held, stack, { checkout: against })
  const subjects = [
    await plainSubject(stack, subscribers),
    refreshSubject('toolyard', held, watched, subscribers),
    ...(before ? [refreshSubject('toolyard, before', held, before, subscribers)] : []),
  ]
  const plan = { rounds, sliceMs: 1, minRuns: 1 }
  const title = `${subscribers} subscribers on one refresh of ${releasedEvents} events`
  const group = await interleave(title, subjects, plan)
  const perSecond = group.rows.map(({ name, p50 }) => [
    `deliveries a second, ${name}`,
    Math.round((subscribers * releasedEvents * 1_000) / p50),
  ])
  return [{ ...group, notes: Object.fromEntries(perSecond) }, await latencyOfRun(held, watched, subscribers)]
}

async function latencyOfRun(held: HeldServer, { service, clients }: Watched, subscribers: number): Promise<Group> {
  held.hold(0)
  const { runMcpTool } = await service.request<{ runMcpTool: { run: { id: string } } }>(
    `mutation {
      runMcpTool(input: { tool: { qualified: { server: "held", tool: "tick" } }, wait: false }) {
        ... on RunMcpToolPayload { run { id } }
      }
    }`,
  )
  const url = `${service.origin.replace('http', 'ws')}/graphql`
  await clients.subscribe({ url, subscribers, query: runQuery, variables: { id: runMcpTool.run.id }, before: 1 })
  const ended = clients.ended()
  const cpu = service.cpu()
  held.letGo()
  const { latencies } = await ended
  if (latencies.length !== subscribers * ticks.count) {
    throw new Error(`expected ${ticks.count} events for ${subscribers}, got ${latencies.length}`)
  }
  const p50 = median(latencies)
  const row = {
    name: 'toolyard',
    runs: latencies.length,
    p50,
    p95: percentile(latencies, 95),
    p99: percentile(latencies, 99),
    cpu: (service.cpu() - cpu) / latencies.length,
    rounds: [{ p50, cpu: Number.NaN }],
  }
  return {
    title: `from the server's message to ${subscribers} subscribers, 10 a second`,
    baseline: row.name,
    rows: [row],
  }
}
