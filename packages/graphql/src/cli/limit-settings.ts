import type { RateOptions } from '@toolyard/core/budgets/token-buckets'
import type { IntrospectionPolicy, Limits } from '../limits/limits.ts'
import { integer } from './parse-setting.ts'
import type { ReadSetting } from './read-setting.ts'
import type { Setting } from './setting.ts'

const policies: Readonly<Record<string, IntrospectionPolicy>> = {
  everybody: 'EVERYBODY',
  authenticated: 'AUTHENTICATED',
  nobody: 'NOBODY',
}

function count(flag: string, variable: string, fallback: number, description: string): Setting<number> {
  const parse = integer(2 ** 31 - 1)
  return {
    flag,
    variable,
    placeholder: 'number',
    fallback: String(fallback),
    description,
    takes: 'a whole number from 1 to 2147483647, or none',
    parse: (text) => (text === 'none' ? Number.POSITIVE_INFINITY : parse(text) || undefined),
  }
}

/** `CAPACITY/PER_SECOND`; null for none. */
function parseRate(text: string): RateOptions | null | undefined {
  if (text === 'none') return null
  const [, capacity, perSecond] = /^(\d{1,9})\/(\d{1,9})$/.exec(text) ?? []
  if (capacity === undefined || perSecond === undefined) return undefined
  const rate = { capacity: Number(capacity), perSecond: Number(perSecond) }
  return rate.capacity > 0 && rate.perSecond > 0 ? rate : undefined
}

/** The limits of the API, each with its setting. */
export const limitSettings = {
  maxRequestBytes: {
    ...count('max-request-bytes', 'TOOLYARD_MAX_REQUEST_BYTES', 1_048_576, 'bytes of a request or a WebSocket message'),
    takes: 'a whole number from 1 to 536870911',
    // V8 holds no longer text.
    parse: (text) => integer(2 ** 29 - 1)(text) || undefined,
  } satisfies Setting<number>,
  maxTokens: count('max-tokens', 'TOOLYARD_MAX_TOKENS', 2_000, 'tokens of a GraphQL document'),
  maxDepth: count('max-depth', 'TOOLYARD_MAX_DEPTH', 12, 'fields in one another'),
  maxAliases: count('max-aliases', 'TOOLYARD_MAX_ALIASES', 30, 'aliased fields of an operation'),
  maxDirectives: count('max-directives', 'TOOLYARD_MAX_DIRECTIVES', 50, 'directives of a document'),
  maxCost: count(
    'max-cost',
    'TOOLYARD_MAX_COST',
    20_000,
    'what an operation may cost: a field 1, a connection its page size times what it asks of each item',
  ),
  rate: {
    flag: 'rate',
    variable: 'TOOLYARD_RATE',
    placeholder: 'cost/second',
    fallback: 'none',
    keyedFallback: '100000/10000',
    description: 'cost that each key may ask for at once, and how much of it comes back each second',
    takes: 'two whole numbers as in 100000/10000, or none',
    parse: parseRate,
  } satisfies Setting<RateOptions | null>,
  subscriptionsPerSocket: count(
    'subscriptions-per-socket',
    'TOOLYARD_SUBSCRIPTIONS_PER_SOCKET',
    100,
    'subscriptions of a WebSocket at a time',
  ),
  subscriptionsPerTenant: count(
    'subscriptions-per-tenant',
    'TOOLYARD_SUBSCRIPTIONS_PER_TENANT',
    10_000,
    'subscriptions of a tenant at a time, event streams included',
  ),
  socketsPerAddress: count(
    'sockets-per-address',
    'TOOLYARD_SOCKETS_PER_ADDRESS',
    2_000,
    'WebSockets from one address at a time; behind a proxy all have the address of the proxy',
  ),
  executionTimeoutMs: count(
    'execution-timeout-ms',
    'TOOLYARD_EXECUTION_TIMEOUT_MS',
    900_000,
    'milliseconds that a query or mutation may take',
  ),
  introspection: {
    flag: 'introspection',
    variable: 'TOOLYARD_INTROSPECTION',
    placeholder: 'who',
    fallback: 'everybody',
    description: 'who may ask for the types of the schema',
    takes: Object.keys(policies).join(', '),
    parse: (text) => policies[text],
  } satisfies Setting<IntrospectionPolicy>,
}

export function readLimits(read: ReadSetting): Limits {
  return {
    maxRequestBytes: read(limitSettings.maxRequestBytes),
    maxTokens: read(limitSettings.maxTokens),
    maxDepth: read(limitSettings.maxDepth),
    maxAliases: read(limitSettings.maxAliases),
    maxDirectives: read(limitSettings.maxDirectives),
    maxCost: read(limitSettings.maxCost),
    rate: read(limitSettings.rate),
    subscriptionsPerSocket: read(limitSettings.subscriptionsPerSocket),
    subscriptionsPerTenant: read(limitSettings.subscriptionsPerTenant),
    socketsPerAddress: read(limitSettings.socketsPerAddress),
    executionTimeoutMs: read(limitSettings.executionTimeoutMs),
    introspection: read(limitSettings.introspection),
  }
}
