import type { RateOptions } from '@toolyard/core/budgets/token-buckets'

/** Who may ask for the types of the schema: everybody, those who are known by a key, or nobody. */
export type IntrospectionPolicy = 'EVERYBODY' | 'AUTHENTICATED' | 'NOBODY'

/** What one client may ask of a handler, the same over HTTP, event streams and WebSocket. Infinity sets no limit. */
export interface Limits {
  /** Bytes of a request's body, or of a message over WebSocket. @default 1 MiB */
  readonly maxRequestBytes: number
  /** Tokens of a document. @default 2_000 */
  readonly maxTokens: number
  /** Fields in one another. Introspection has a limit of its own, which its usual query keeps. @default 12 */
  readonly maxDepth: number
  /** Aliased fields, each counted as often as its fragment is spread. @default 30 */
  readonly maxAliases: number
  /** Directives in the document. @default 50 */
  readonly maxDirectives: number
  /**
   * A field is 1, one that may be long (args, results, schemas) 10, a connection its page size times what it asks of each
   * item. Reported in `extensions.cost`. @default 20_000
   */
  readonly maxCost: number
  /** Bytes of an answer, or of one event of a subscription. @default 32 MiB */
  readonly maxAnswerBytes: number
  /** Items of lists without pages, times the fields asked of each, in one answer. @default 200_000 */
  readonly maxListFields: number
  /**
   * Bytes of the long answers of a tenant that are being made or sent at a time; more wait. A query that asks for long
   * fields counts as `maxAnswerBytes` until its answer is known. All tenants together have twice as much. @default 40 MiB
   */
  readonly answerBytesPerTenant: number
  /** Operations of a tenant that wait for that. @default 1_000 */
  readonly waitingPerTenant: number
  /**
   * Bytes of the request bodies of a tenant that are being received or executed at a time; more are not read yet. All
   * tenants together have twice as much. @default 32 MiB
   */
  readonly requestBytesPerTenant: number
  /** How long a client may leave what it is sent unread, in ms; then its connection ends. @default 60_000 */
  readonly answerTimeoutMs: number
  /** How much each caller may ask for in time, in cost. @default 100_000, and 10_000 a second, where callers are known; else none */
  readonly rate: RateOptions | null
  /** Bytes that a WebSocket's client has not read; it is read no further until they are sent. @default 256 KiB */
  readonly socketBufferBytes: number
  /**
   * Bytes that all WebSockets together hold: what clients have not read, and messages that are under way or executed.
   * Beyond it those that hold more than 16 KiB are read no further, and one whose message has not all come ends. @default 64 MiB
   */
  readonly socketsBufferBytes: number
  /** How many messages of a WebSocket are read in time; more are read later. @default 1_000, and 500 a second */
  readonly messageRate: RateOptions | null
  /** Operations of a WebSocket at a time, subscriptions included. @default 250 */
  readonly operationsPerSocket: number
  /** Subscriptions of a WebSocket at a time. @default 100 */
  readonly subscriptionsPerSocket: number
  /** Subscriptions of a tenant at a time, over WebSocket and event streams. @default 10_000 */
  readonly subscriptionsPerTenant: number
  /** WebSockets from one address at a time. Behind a proxy all have the proxy's. @default 2_000 */
  readonly socketsPerAddress: number
  /** How long a query or mutation may take, in ms; the longest run that servers allow by default takes 10 minutes. @default 900_000 */
  readonly executionTimeoutMs: number
  /** @default 'EVERYBODY' */
  readonly introspection: IntrospectionPolicy
}

const MiB = 1_024 * 1_024

export const defaultLimits: Limits = {
  maxRequestBytes: MiB,
  maxTokens: 2_000,
  maxDepth: 12,
  maxAliases: 30,
  maxDirectives: 50,
  maxCost: 20_000,
  maxAnswerBytes: 32 * MiB,
  maxListFields: 200_000,
  answerBytesPerTenant: 40 * MiB,
  waitingPerTenant: 1_000,
  requestBytesPerTenant: 32 * MiB,
  answerTimeoutMs: 60_000,
  rate: null,
  socketBufferBytes: 256 * 1_024,
  socketsBufferBytes: 64 * MiB,
  messageRate: { capacity: 1_000, perSecond: 500 },
  operationsPerSocket: 250,
  subscriptionsPerSocket: 100,
  subscriptionsPerTenant: 10_000,
  socketsPerAddress: 2_000,
  executionTimeoutMs: 900_000,
  introspection: 'EVERYBODY',
}

/** That of callers who are known. */
export const defaultRate: RateOptions = { capacity: 100_000, perSecond: 10_000 }
