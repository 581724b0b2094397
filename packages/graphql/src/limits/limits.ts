import type { RateOptions } from '@toolyard/core/internal/token-buckets'

/** Callers who may introspect the schema: all, those with a key, or none. */
export type IntrospectionPolicy = 'ALL' | 'AUTHENTICATED' | 'NONE'

/** Limits of a handler's clients, the same over HTTP, event streams and WebSocket. Infinity sets no limit. */
export interface Limits {
  /** Bytes of a request's body, or of a message over WebSocket. @default 1 MiB */
  readonly maxRequestBytes: number
  /** Tokens of a document. @default 2_000 */
  readonly maxTokens: number
  /** Depth of nested fields. Introspection has its own limit, which its usual query keeps. @default 12 */
  readonly maxDepth: number
  /** Aliased fields, counted once for each spread of their fragment. @default 30 */
  readonly maxAliases: number
  /** Directives in the document. @default 50 */
  readonly maxDirectives: number
  /**
   * Cost of an operation. A field costs 1, a long one (args, results, schemas) 10, a connection its page size times the
   * cost of an item. Reported in `extensions.cost`. @default 20_000
   */
  readonly maxCost: number
  /** Bytes of an answer, or of one event of a subscription. @default 32 MiB */
  readonly maxAnswerBytes: number
  /** Items of lists without pages in one answer, times the selected fields of each. @default 200_000 */
  readonly maxListFields: number
  /**
   * Bytes of a tenant's long answers that are made or sent at a time; further ones wait. A query that selects long fields
   * counts as `maxAnswerBytes` until its answer is known. All tenants together have twice as much. @default 40 MiB
   */
  readonly answerBytesPerTenant: number
  /** Operations of a tenant that wait for `answerBytesPerTenant`. @default 1_000 */
  readonly waitingPerTenant: number
  /**
   * Bytes of a tenant's request bodies that are received or executed at a time; further ones are read later. All tenants
   * together have twice as much. @default 32 MiB
   */
  readonly requestBytesPerTenant: number
  /** Time without progress after which the connection of a client that reads nothing is closed, in ms. @default 60_000 */
  readonly answerTimeoutMs: number
  /** Cost that each caller may spend over time. @default 100_000 and 10_000 a second with `authenticate`; else no limit */
  readonly rate: RateOptions | null
  /** Bytes that a WebSocket's client has not read; beyond them its messages wait until the client reads. @default 256 KiB */
  readonly socketBufferBytes: number
  /**
   * Bytes that all WebSockets together hold: what clients have not read, and messages that are received or executed.
   * Beyond it, sockets that hold more than 16 KiB are read no further, and are closed if their message is incomplete.
   * @default 64 MiB
   */
  readonly socketsBufferBytes: number
  /** Messages that a WebSocket may send over time; further ones are read later. @default 1_000 and 500 a second */
  readonly messageRate: RateOptions | null
  /** Operations of a WebSocket at a time, subscriptions included. @default 250 */
  readonly operationsPerSocket: number
  /** Subscriptions of a WebSocket at a time. @default 100 */
  readonly subscriptionsPerSocket: number
  /** Subscriptions of a tenant at a time, over WebSocket and event streams. @default 10_000 */
  readonly subscriptionsPerTenant: number
  /** WebSockets from one address at a time. Behind a proxy all have the proxy's. @default 2_000 */
  readonly socketsPerAddress: number
  /** Longest query or mutation, in ms; by default, servers allow runs of 10 minutes. @default 900_000 */
  readonly executionTimeoutMs: number
  /** @default 'ALL' */
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
  introspection: 'ALL',
}

/** Rate of handlers with `authenticate`. */
export const defaultRate: RateOptions = { capacity: 100_000, perSecond: 10_000 }
