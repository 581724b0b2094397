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
  /** A field is 1, a connection its page size times what it asks of each item. Told in `extensions.cost`. @default 20_000 */
  readonly maxCost: number
  /** How much each caller may ask for in time, in cost. @default 100_000, and 10_000 a second, where callers are known; else none */
  readonly rate: RateOptions | null
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

export const defaultLimits: Limits = {
  maxRequestBytes: 1024 * 1024,
  maxTokens: 2_000,
  maxDepth: 12,
  maxAliases: 30,
  maxDirectives: 50,
  maxCost: 20_000,
  rate: null,
  subscriptionsPerSocket: 100,
  subscriptionsPerTenant: 10_000,
  socketsPerAddress: 2_000,
  executionTimeoutMs: 900_000,
  introspection: 'EVERYBODY',
}

/** That of callers who are known. */
export const defaultRate: RateOptions = { capacity: 100_000, perSecond: 10_000 }
