import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { feedOf, type Topic } from '../../../model/events.ts'
import { settledFor } from '../../../model/pause.ts'
import { changesCatalog } from '../../catalog-writes.ts'
import type { ChangeNotification } from '../../storage.ts'
import type { SystemWrite, TenantWrite } from '../../write.ts'
import type { Statement } from '../statement.ts'

const channel = 'toolyard'
/** Longest payload in bytes; PostgreSQL takes less than 8,000. */
const maxPayload = 7_500
/** Topics that always fit into one payload. */
const maxTopics = 100
/** Delay in which changes are collected into one notification, which is a commit of its own, in ms. */
const notifyAfterMs = 5
/** Interval between notifications while changes go on, in ms: the two commits of most runs share one. */
const notifyEveryMs = 20
/** Shortest and longest pause before the next connection, in ms. */
const firstPauseMs = 100
const maxPauseMs = 5_000
/** Interval between pings of the database, and the wait for each answer, in ms. */
const pingMs = 400
const pingTimeoutMs = 2_000
/** Longest age of the last answered ping while the catalog counts as current, in ms: a connection may break unnoticed. */
const provenForMs = 800

type AnyWrite = TenantWrite | SystemWrite

/** The notification of a commit to other nodes. It carries no events: nodes that it wakes read the log. */
interface Payload {
  readonly node: string
  readonly topics: readonly Topic[]
  /** Servers, tools or OAuth grants may have changed. */
  readonly catalog: boolean
  /** There is a request to the node that works on a job; an earlier version knows only those to cancel it. */
  readonly cancel: boolean
}

export interface PostgresNotifier {
  /**
   * The notification to commit with writes that other nodes must not miss: changes of servers, tools and OAuth grants,
   * requests to the node that works on a job. Undefined for other writes.
   */
  notifyInCommit(writes: readonly AnyWrite[]): Statement | undefined
  /**
   * Notifies of the other writes, which append to logs, once they are committed. Commits that notify wait for each other in
   * the whole database, and so runs need not. Changes within some ms share one notification. If this node dies before it,
   * the node that recovers its jobs notifies all.
   */
  notifyAfterCommit(writes: readonly AnyWrite[]): void
  /**
   * Changes with every change of servers, tools and OAuth grants by another node. Undefined while notifications may be
   * missed, so that caches keyed by it are no older than a second.
   */
  remoteCatalog(): number | undefined
  /** Returns a function that unsubscribes. */
  onChange(listener: (change: ChangeNotification) => void): () => void
  close(): Promise<void>
}

function topicOf(write: AnyWrite): Topic | undefined {
  if (write.kind === 'appendJobEvents') return write.jobId
  return write.kind === 'appendServerEvents' ? feedOf(write.tenantId) : undefined
}

/** Whether the node that works on a job has to look at it: a request to cancel it, or the answers that it waits for. */
function isForWorker(write: AnyWrite): boolean {
  return write.kind === 'requestCancel' || (write.kind === 'insertPause' && settledFor(write.pause) !== undefined)
}

/** Listens on a connection of its own, and makes another when it breaks: then any change may have been missed. */
class ListeningNotifier implements PostgresNotifier {
  readonly #clientOptions: pg.ClientConfig
  readonly #node = randomUUID()
  readonly #listeners = new Set<(change: ChangeNotification) => void>()
  readonly #closing = new AbortController()
  readonly #listening: Promise<void>
  #catalog = 0
  #pauseMs = firstPauseMs
  /** Undefined unless it listens. */
  #client: pg.Client | undefined
  /** When the last answered ping was sent: notifications of all commits before it have been received. */
  #provenAt = Number.NEGATIVE_INFINITY
  /** Topics whose notification is due. */
  readonly #pending = new Set<Topic>()
  #sentAt = Number.NEGATIVE_INFINITY
  #timer: NodeJS.Timeout | undefined

  constructor(clientOptions: pg.ClientConfig) {
    this.#clientOptions = clientOptions
    this.#listening = this.#keepListening()
  }

  notifyInCommit(writes: readonly AnyWrite[]): Statement | undefined {
    const topics = [...new Set(writes.flatMap((write) => topicOf(write) ?? []))]
    const catalog = changesCatalog(writes)
    const cancel = writes.some(isForWorker)
    const isAnything = writes.some(({ kind }) => kind === 'endAbandonedJobs')
    if (!catalog && !cancel && !isAnything) return undefined
    return {
      sql: `select pg_notify('${channel}', ?)`,
      rows: [[this.#payloadOf({ topics: isAnything ? [] : topics, catalog, cancel })]],
    }
  }

  notifyAfterCommit(writes: readonly AnyWrite[]): void {
    for (const write of writes) {
      const topic = topicOf(write)
      if (topic !== undefined) this.#pending.add(topic)
    }
    if (this.#pending.size > 0) this.#sendSoon()
  }

  remoteCatalog(): number | undefined {
    return performance.now() - this.#provenAt < provenForMs ? this.#catalog : undefined
  }

  onChange(listener: (change: ChangeNotification) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  async close(): Promise<void> {
    // Subscribers of the last commits must not wait until the lease of this node lapses.
    if (this.#client) await this.#send(this.#client)
    this.#closing.abort()
    clearTimeout(this.#timer)
    await this.#listening
  }

  #sendSoon(): void {
    if (this.#timer || this.#closing.signal.aborted) return
    const waitMs = Math.max(notifyAfterMs, this.#sentAt + notifyEveryMs - performance.now())
    this.#timer = setTimeout(this.#sendNow, waitMs)
  }

  readonly #sendNow = (): void => {
    this.#timer = undefined
    if (this.#client) void this.#send(this.#client)
  }

  /** Sends over the connection that listens. What cannot be sent is sent again, on the next connection if this one broke. */
  async #send(client: pg.Client): Promise<void> {
    const topics = [...this.#pending]
    this.#pending.clear()
    this.#sentAt = performance.now()
    for (let start = 0; start < topics.length; start += maxTopics) {
      const payload = this.#payloadOf({ topics: topics.slice(start, start + maxTopics), catalog: false, cancel: false })
      try {
        await client.query(`notify ${channel}, ${client.escapeLiteral(payload)}`)
      } catch {
        for (const topic of topics.slice(start)) this.#pending.add(topic)
        this.#sendSoon()
        return
      }
    }
  }

  #payloadOf(change: Omit<Payload, 'node'>): string {
    const text = JSON.stringify({ node: this.#node, ...change })
    // Without topics it stands for any change.
    return text.length <= maxPayload ? text : JSON.stringify({ node: this.#node, ...change, topics: [] })
  }

  #receive(text: string | undefined): void {
    // Sent by this class, and by nothing else.
    const { node, topics, catalog, cancel }: Payload = JSON.parse(text ?? '')
    if (node === this.#node) return
    if (catalog) this.#catalog += 1
    if (topics.length === 0 && !cancel && !catalog) this.#notify({ kind: 'ANYTHING' })
    for (const topic of topics) this.#notify({ topic })
    if (cancel) this.#notify({ kind: 'REQUEST' })
    if (catalog) this.#notify({ kind: 'CATALOG' })
  }

  #notify(change: ChangeNotification): void {
    for (const listener of [...this.#listeners]) listener(change)
  }

  async #keepListening(): Promise<void> {
    const { signal } = this.#closing
    while (!signal.aborted) {
      // The next connection is tried, and nothing that is read is cached meanwhile.
      await this.#listen().catch(() => undefined)
      await delay(this.#pauseMs, undefined, { signal }).catch(() => undefined)
      this.#pauseMs = Math.min(maxPauseMs, this.#pauseMs * 2)
    }
  }

  /** Listens until the connection breaks, and rejects then. */
  async #listen(): Promise<void> {
    const options = { ...this.#clientOptions, keepAlive: true, query_timeout: pingTimeoutMs, pipeline: true }
    const client = new pg.Client(options)
    // A fault fails the next ping.
    client.on('error', () => undefined)
    client.on('notification', ({ payload }) => this.#receive(payload))
    try {
      await client.connect()
      // A notification is a commit, which would wait for the disk, and runs behind it. What it tells of is durable already,
      // and a database that crashed is connected to anew, which stands for any change.
      await client.query('set synchronous_commit = off')
      await client.query(`listen ${channel}`)
      // Notifications from before were missed.
      this.#catalog += 1
      this.#notify({ kind: 'ANYTHING' })
      this.#pauseMs = firstPauseMs
      this.#client = client
      void this.#send(client)
      await this.#ping(client)
    } finally {
      this.#client = undefined
      this.#provenAt = Number.NEGATIVE_INFINITY
      // The end of a broken connection is never answered.
      await Promise.race([client.end(), delay(pingTimeoutMs, undefined, { ref: false })])
    }
  }

  /** Pings until one fails, or until `close`. */
  async #ping(client: pg.Client): Promise<never> {
    for (;;) {
      const sentAt = performance.now()
      await client.query('select 1')
      this.#provenAt = sentAt
      await delay(pingMs, undefined, { signal: this.#closing.signal })
    }
  }
}

export function createPostgresNotifier(clientOptions: pg.ClientConfig): PostgresNotifier {
  return new ListeningNotifier(clientOptions)
}
