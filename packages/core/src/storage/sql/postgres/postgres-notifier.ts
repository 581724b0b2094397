import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { feedOf, type Topic } from '../../../model/events.ts'
import { changesCatalog } from '../../catalog-writes.ts'
import type { ChangeNotification } from '../../storage.ts'
import type { SystemWrite, TenantWrite } from '../../write.ts'
import type { Statement } from '../statement.ts'

const channel = 'toolyard'
/** PostgreSQL takes payloads of less than 8,000 bytes. */
const maxPayload = 7_500
/** That many names always fit. */
const maxTopics = 100
/** Each message is a commit of its own, so what happens within so many ms goes into one. */
const notifyAfterMs = 5
const firstPauseMs = 100
const maxPauseMs = 5_000
/** So often it is asked whether anybody is still there, and for how long an answer is waited for, in ms. */
const pingMs = 400
const pingTimeoutMs = 2_000
/** What was heard by then holds for so long, in ms: a connection may be cut, and nobody be notifyInCommit. */
const provenForMs = 800

/** What a commit tells the other nodes. It carries no events: the log is the truth, and who is woken reads it. */
interface Payload {
  readonly node: string
  readonly topics: readonly Topic[]
  /** Servers or tools may have changed. */
  readonly catalog: boolean
  readonly cancel: boolean
}

export interface PostgresNotifier {
  /**
   * To be committed with the writes, where others must not miss them: changes of servers and tools, requests to cancel.
   * Undefined for the rest.
   */
  notifyInCommit(writes: readonly (TenantWrite | SystemWrite)[]): Statement | undefined
  /**
   * Tells of the rest, once it is committed: what grew is a log. Commits that tell something wait for each other, all over
   * the database, so that runs do not; what happens within a few ms goes into one message. Where this
   * node ends before it has notifyInCommit, whoever settles what it left tells everybody to look.
   */
  notifyAfterCommit(writes: readonly (TenantWrite | SystemWrite)[]): void
  /**
   * Changes with every change of servers and tools by another node; undefined while it is not known that they are heard.
   * So what is kept by it is no older than a second.
   */
  remoteCatalog(): number | undefined
  onChange(listener: (change: ChangeNotification) => void): () => void
  close(): Promise<void>
}

function topicOf(write: TenantWrite | SystemWrite): Topic | undefined {
  if (write.kind === 'appendJobEvents') return write.jobId
  return write.kind === 'appendServerEvents' ? feedOf(write.tenantId) : undefined
}

/** Listens on a connection of its own, which is made again where it breaks: then anything may have been missed. */
export function createPostgresNotifier(clientOptions: pg.ClientConfig): PostgresNotifier {
  const node = randomUUID()
  const listeners = new Set<(change: ChangeNotification) => void>()
  const closing = new AbortController()
  let catalog = 0
  let pauseMs = firstPauseMs
  /** While it listens. */
  let client: pg.Client | undefined
  /** When the last question was asked that has been answered: all that was committed before has been heard. */
  let provenAt = Number.NEGATIVE_INFINITY

  const untold = new Set<Topic>()
  let isTelling = false
  let timer: NodeJS.Timeout | undefined

  function tellNow(): void {
    timer = undefined
    if (client) void tellUntold(client)
  }

  /** Over the connection that listens. What could not be notifyInCommit is notifyInCommit when that is there again. */
  async function tellUntold(on: pg.Client): Promise<void> {
    if (isTelling) return
    isTelling = true
    try {
      while (untold.size > 0) {
        const topics = [...untold].slice(0, maxTopics)
        for (const topic of topics) untold.delete(topic)
        try {
          await on.query(`select pg_notify('${channel}', $1)`, [payloadOf({ topics, catalog: false, cancel: false })])
        } catch {
          for (const topic of topics) untold.add(topic)
          return
        }
      }
    } finally {
      isTelling = false
    }
  }

  function payloadOf(change: Omit<Payload, 'node'>): string {
    const text = JSON.stringify({ node, ...change })
    // No topic at all: anything.
    return text.length <= maxPayload ? text : JSON.stringify({ node, ...change, topics: [] })
  }

  const tell = (change: ChangeNotification) => {
    for (const listener of [...listeners]) listener(change)
  }

  function hear(text: string | undefined): void {
    // Sent by `notifyInCommit`, and by nothing else.
    const { node: sender, topics, catalog: changed, cancel }: Payload = JSON.parse(text ?? '')
    if (sender === node) return
    if (changed) catalog += 1
    if (topics.length === 0 && !cancel && !changed) tell({ kind: 'ANYTHING' })
    for (const topic of topics) tell({ topic })
    if (cancel) tell({ kind: 'CANCEL' })
    if (changed) tell({ kind: 'CATALOG' })
  }

  /** Listens until the connection breaks, which it rejects with. */
  async function listen(): Promise<void> {
    const current = new pg.Client({ ...clientOptions, keepAlive: true, query_timeout: pingTimeoutMs, pipeline: true })
    // What breaks it fails the next question.
    current.on('error', () => undefined)
    current.on('notification', ({ payload }) => hear(payload))
    try {
      await current.connect()
      await current.query(`listen ${channel}`)
      // What was written before it began to listen was not heard.
      catalog += 1
      tell({ kind: 'ANYTHING' })
      pauseMs = firstPauseMs
      client = current
      void tellUntold(current)
      for (;;) {
        const askedAt = performance.now()
        await current.query('select 1')
        provenAt = askedAt
        await delay(pingMs, undefined, { signal: closing.signal })
      }
    } finally {
      client = undefined
      provenAt = Number.NEGATIVE_INFINITY
      // One that is cut says no good-bye.
      await Promise.race([current.end(), delay(pingTimeoutMs, undefined, { ref: false })])
    }
  }

  async function keepListening(): Promise<void> {
    while (!closing.signal.aborted) {
      // It is tried again, and nothing that is read is kept meanwhile.
      await listen().catch(() => undefined)
      await delay(pauseMs, undefined, { signal: closing.signal }).catch(() => undefined)
      pauseMs = Math.min(maxPauseMs, pauseMs * 2)
    }
  }
  const listening = keepListening()

  return {
    notifyInCommit(writes) {
      const topics = [...new Set(writes.flatMap((write) => topicOf(write) ?? []))]
      const isCatalog = changesCatalog(writes)
      const cancel = writes.some(({ kind }) => kind === 'requestCancel')
      const isAnything = writes.some(({ kind }) => kind === 'endAbandonedJobs')
      if (!isCatalog && !cancel && !isAnything) return undefined
      return {
        sql: `select pg_notify('${channel}', ?)`,
        rows: [[payloadOf({ topics: isAnything ? [] : topics, catalog: isCatalog, cancel })]],
      }
    },
    notifyAfterCommit(writes) {
      for (const write of writes) {
        const topic = topicOf(write)
        if (topic !== undefined) untold.add(topic)
      }
      if (untold.size > 0) timer ??= setTimeout(tellNow, notifyAfterMs)
    },
    remoteCatalog: () => (performance.now() - provenAt < provenForMs ? catalog : undefined),
    onChange(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    async close() {
      // Whoever waits for what was committed last is not to wait for this node's lease to lapse.
      clearTimeout(timer)
      if (client) await tellUntold(client)
      closing.abort()
      await listening
    },
  }
}
