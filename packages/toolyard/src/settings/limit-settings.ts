import type { RateOptions } from '@toolyard/core/internal/token-buckets'
import type { IntrospectionPolicy, Limits } from '@toolyard/graphql'
import type { ConnectionLimits } from '../server/connection-limits.ts'
import { integer } from './parse-setting.ts'
import type { ReadSetting } from './read-setting.ts'
import type { Setting } from './setting.ts'

const policies: Readonly<Record<string, IntrospectionPolicy>> = {
  all: 'ALL',
  authenticated: 'AUTHENTICATED',
  none: 'NONE',
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

/** Like `count`, for memory: `none` would leave it unbounded. */
function bytes(flag: string, variable: string, fallback: number, description: string): Setting<number> {
  return {
    ...count(flag, variable, fallback, description),
    takes: 'a whole number from 1024 to 2147483647',
    parse(text) {
      const value = integer(2 ** 31 - 1)(text)
      return value === undefined || value < 1_024 ? undefined : value
    },
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
    // V8 has no longer strings.
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
    'what an operation may cost: a field 1, one that may be long 10, a connection its page size times what it asks of each item',
  ),
  maxAnswerBytes: bytes(
    'max-answer-bytes',
    'TOOLYARD_MAX_ANSWER_BYTES',
    33_554_432,
    'bytes of an answer, or of one event of a subscription',
  ),
  maxListFields: count(
    'max-list-fields',
    'TOOLYARD_MAX_LIST_FIELDS',
    200_000,
    'items of lists without pages, times the fields asked of each, in one answer',
  ),
  answerBytesPerTenant: bytes(
    'answer-bytes-per-tenant',
    'TOOLYARD_ANSWER_BYTES_PER_TENANT',
    41_943_040,
    'bytes of the long answers of a tenant that are being made or sent; more wait, and all tenants have twice as much',
  ),
  waitingPerTenant: count(
    'waiting-per-tenant',
    'TOOLYARD_WAITING_PER_TENANT',
    1_000,
    'operations of a tenant that wait for that; more are refused (RATE_LIMITED)',
  ),
  requestBytesPerTenant: bytes(
    'request-bytes-per-tenant',
    'TOOLYARD_REQUEST_BYTES_PER_TENANT',
    33_554_432,
    'bytes of the request bodies of a tenant at a time; more are read later, and all tenants have twice as much',
  ),
  answerTimeoutMs: count(
    'answer-timeout-ms',
    'TOOLYARD_ANSWER_TIMEOUT_MS',
    60_000,
    'milliseconds for which a client may take nothing of what it is sent; then its connection ends',
  ),
  requestTimeoutMs: count(
    'request-timeout-ms',
    'TOOLYARD_REQUEST_TIMEOUT_MS',
    60_000,
    'milliseconds that a client may take to send a request; then its connection ends',
  ),
  idleTimeoutMs: count(
    'idle-timeout-ms',
    'TOOLYARD_IDLE_TIMEOUT_MS',
    75_000,
    'milliseconds for which a connection is kept between two requests: longer than a proxy in front keeps it',
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
  socketBufferBytes: bytes(
    'socket-buffer-bytes',
    'TOOLYARD_SOCKET_BUFFER_BYTES',
    262_144,
    'bytes that the client of a WebSocket has not read; beyond it the socket is read no further until they are sent',
  ),
  socketsBufferBytes: bytes(
    'sockets-buffer-bytes',
    'TOOLYARD_SOCKETS_BUFFER_BYTES',
    67_108_864,
    'bytes that all WebSockets hold together; beyond it those that hold much are read no further, or ended',
  ),
  messageRate: {
    flag: 'message-rate',
    variable: 'TOOLYARD_MESSAGE_RATE',
    placeholder: 'messages/second',
    fallback: '1000/500',
    description:
      'messages of a WebSocket that are read at once, and how many more each second; the rest are read later',
    takes: 'two whole numbers as in 1000/500, or none',
    parse: parseRate,
  } satisfies Setting<RateOptions | null>,
  operationsPerSocket: count(
    'operations-per-socket',
    'TOOLYARD_OPERATIONS_PER_SOCKET',
    250,
    'operations of a WebSocket at a time, subscriptions included',
  ),
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
  connectionsPerAddress: count(
    'connections-per-address',
    'TOOLYARD_CONNECTIONS_PER_ADDRESS',
    20_000,
    'connections from one address at a time, WebSockets included',
  ),
  requestsPerConnection: count(
    'requests-per-connection',
    'TOOLYARD_REQUESTS_PER_CONNECTION',
    32,
    'requests over one connection that wait for their answers (pipelining); with more it ends',
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
    fallback: 'all',
    description: 'who may ask for the types of the schema',
    takes: Object.keys(policies).join(', '),
    parse: (text) => (Object.hasOwn(policies, text) ? policies[text] : undefined),
    renamedValues: Object.fromEntries([
      ['everybody', 'all'],
      ['nobody', 'none'],
    ]),
  } satisfies Setting<IntrospectionPolicy>,
}

export function readLimits(read: ReadSetting): Limits & ConnectionLimits {
  return {
    maxRequestBytes: read(limitSettings.maxRequestBytes),
    maxTokens: read(limitSettings.maxTokens),
    maxDepth: read(limitSettings.maxDepth),
    maxAliases: read(limitSettings.maxAliases),
    maxDirectives: read(limitSettings.maxDirectives),
    maxCost: read(limitSettings.maxCost),
    maxAnswerBytes: read(limitSettings.maxAnswerBytes),
    maxListFields: read(limitSettings.maxListFields),
    answerBytesPerTenant: read(limitSettings.answerBytesPerTenant),
    waitingPerTenant: read(limitSettings.waitingPerTenant),
    requestBytesPerTenant: read(limitSettings.requestBytesPerTenant),
    answerTimeoutMs: read(limitSettings.answerTimeoutMs),
    requestTimeoutMs: read(limitSettings.requestTimeoutMs),
    idleTimeoutMs: read(limitSettings.idleTimeoutMs),
    rate: read(limitSettings.rate),
    socketBufferBytes: read(limitSettings.socketBufferBytes),
    socketsBufferBytes: read(limitSettings.socketsBufferBytes),
    messageRate: read(limitSettings.messageRate),
    operationsPerSocket: read(limitSettings.operationsPerSocket),
    subscriptionsPerSocket: read(limitSettings.subscriptionsPerSocket),
    subscriptionsPerTenant: read(limitSettings.subscriptionsPerTenant),
    connectionsPerAddress: read(limitSettings.connectionsPerAddress),
    requestsPerConnection: read(limitSettings.requestsPerConnection),
    socketsPerAddress: read(limitSettings.socketsPerAddress),
    executionTimeoutMs: read(limitSettings.executionTimeoutMs),
    introspection: read(limitSettings.introspection),
  }
}
