// Over 300 lines, as it is one table: options, settings, docs and metrics are generated from its rows.

/** One row of the table from which options, settings, docs and metrics are generated. */
export interface Budget {
  /** The unit, as it reads behind the number. */
  readonly unit:
    | 'bytes'
    | 'values'
    | 'tools'
    | 'entries'
    | 'servers'
    | 'refreshes'
    | 'pages'
    | 'ms'
    | 'percent'
    | 'days'
    | 'a second'
    | 'an hour'
    | 'levels'
    | 'at a time'
    | 'issues'
    | 'steps'
    | 'rounds'
  readonly default: number
  /** Least and greatest value that an operator may set. */
  readonly min: number
  readonly max: number
  /** The bounded quantity, and what happens beyond it, as a sentence without its full stop. */
  readonly bounds: string
}

const KiB = 1024
const MiB = 1024 * KiB
const GiB = 1024 * MiB
/** Bytes of the longest string that V8 holds. */
const longestText = 512 * MiB
/** Longest time of a timer, in ms. */
const longestTimer = 2 ** 31 - 1
const manyBytes = 64 * GiB
const many = 1_000_000_000
const dayMs = 86_400_000

const bytes = (fallback: number, bounds: string, min = KiB, max = manyBytes) =>
  ({ unit: 'bytes', default: fallback, min, max, bounds }) satisfies Budget
const atATime = (fallback: number, bounds: string, max = 100_000) =>
  ({ unit: 'at a time', default: fallback, min: 1, max, bounds }) satisfies Budget
const tools = (fallback: number, bounds: string) =>
  ({ unit: 'tools', default: fallback, min: 1, max: many, bounds }) satisfies Budget
const entries = (fallback: number, bounds: string) =>
  ({ unit: 'entries', default: fallback, min: 1, max: many, bounds }) satisfies Budget
const ms = (fallback: number, bounds: string, max = longestTimer) =>
  ({ unit: 'ms', default: fallback, min: 1, max, bounds }) satisfies Budget

// Only a list, hence its length: one entry per budget, in the order of the documentation.
export const budgetTable = {
  messageBytes: bytes(
    32 * MiB,
    'one message of an MCP server, after decompression; the request or session fails',
    KiB,
    longestText,
  ),
  messageValues: {
    unit: 'values',
    default: 1_000_000,
    min: 1_000,
    max: many,
    bounds: 'JSON values in one message of an MCP server; the request or session fails',
  },
  largeMessageBytes: bytes(
    40 * MiB,
    'messages over 1 MiB that all sessions read at a time, and as many bytes again of messages over 64 KiB, each counted as 1 MiB; more wait unread, by turns of tenants',
    MiB,
  ),
  largeMessageMs: ms(
    60_000,
    'the reading of one message over 64 KiB, once it has its turn; the request or session fails',
  ),
  unaskedPerSecond: {
    unit: 'a second',
    default: 5_000,
    min: 1,
    max: many,
    bounds:
      'notifications, requests, invalid messages and lines on stderr of one MCP server, each KiB counted as one, and four times as many of all servers of a tenant; twice as many at once; beyond it the server is read no further until they are due',
  },
  errorBodyBytes: bytes(
    64 * KiB,
    'the body of an HTTP answer of an MCP server that is not a result; beyond it the connection is closed',
  ),
  serverRequests: atATime(
    16,
    'requests of one MCP server that are being answered; beyond it the server is read no further meanwhile',
  ),
  serverRequestMs: ms(
    10_000,
    'the delivery of one answer to a request of an MCP server; beyond it the session ends with PROTOCOL_ERROR',
  ),
  writeQueueBytes: bytes(
    24 * MiB,
    'messages that a stdio server has not read from stdin; beyond it the session ends with PROTOCOL_ERROR',
  ),
  connectionsPerOrigin: atATime(
    128,
    'connections of one session with an MCP server; more requests wait within their deadlines',
  ),
  reconnectMinMs: ms(100, 'the shortest pause before an event stream is opened again, whatever `retry` says'),
  reconnectMaxMs: ms(300_000, 'the longest pause before an event stream is opened again, whatever `retry` says'),
  listBytes: bytes(
    64 * MiB,
    'all pages of one list of a server, and what a refresh holds of all lists; a list of tools beyond it fails the refresh, another list is told as broken, and what is stored stays as it was',
  ),
  previewBytes: bytes(16 * MiB, 'all pages of a list that a preview (a dry run) reads; beyond it the preview fails'),
  listTools: tools(20_000, 'tools on all pages of one list; the refresh fails, and the tools stay as they were'),
  listResources: entries(
    20_000,
    'resources on all pages of one list; the list is told as broken, and the resources stay as they were',
  ),
  listResourceTemplates: entries(5_000, 'resource templates on all pages of one list, as listResources'),
  listPrompts: entries(5_000, 'prompts on all pages of one list, as listResources'),
  listPages: {
    unit: 'pages',
    default: 1_000,
    min: 1,
    max: many,
    bounds: 'pages of one list, as listBytes',
  },
  listingBytes: bytes(
    96 * MiB,
    'lists that all refreshes hold at a time; lists beyond a small part each wait, by turns of tenants',
    MiB,
  ),
  largeListMs: ms(
    30_000,
    'how long a large list may be read while another one waits for its turn; beyond it the refresh fails',
  ),
  rejectedTools: tools(1_000, 'rejected definitions of each list that a refresh names; the rest are only counted'),
  outcomeBytes: bytes(MiB, 'changed fields of all tools that a refresh keeps; the rest are only recorded as changed'),
  definitionBytes: bytes(
    MiB,
    'one definition of a tool, resource, template or prompt as JSON; it is rejected, the rest are accepted',
    KiB,
    longestText,
  ),
  definitionValues: {
    unit: 'values',
    default: 10_000,
    min: 100,
    max: many,
    bounds: 'JSON values in one definition; it is rejected, the rest are accepted',
  },
  definitionDepth: {
    unit: 'levels',
    default: 64,
    min: 8,
    max: 200,
    bounds: 'nesting of lists and objects in one definition; it is rejected, the rest are accepted',
  },
  serversPerTenant: {
    unit: 'servers',
    default: 10_000,
    min: 1,
    max: many,
    bounds: 'servers of one tenant; creating more fails',
  },
  toolsPerTenant: tools(500_000, 'tools of one tenant, removed ones included; a refresh that goes beyond it fails'),
  toolBytesPerTenant: bytes(
    2 * GiB,
    'tool definitions of one tenant, removed ones included; a refresh that goes beyond it fails',
    KiB,
    2 ** 50,
  ),
  featuresPerTenant: entries(
    500_000,
    'resources, templates and prompts of one tenant, removed ones included; a refresh that goes beyond it leaves those of its server as they were',
  ),
  featureBytesPerTenant: bytes(
    2 * GiB,
    'definitions of resources, templates and prompts of one tenant, removed ones included; a refresh that goes beyond it leaves those of its server as they were',
    KiB,
    2 ** 50,
  ),
  removedToolsPerServer: tools(
    1_000,
    'removed tools of one server that are remembered, and as many resources, templates and prompts each, the newest first, beside those that its latest refresh removed',
  ),
  removedToolDays: {
    unit: 'days',
    default: 30,
    min: 1,
    max: 3_650,
    bounds: 'how long a removed tool, resource, template or prompt is remembered, with its id and settings',
  },
  refreshBytesPerServer: bytes(
    8 * MiB,
    'refreshes of one server in the history, events included; the oldest are removed, the newest is always kept',
  ),
  automaticRefreshes: {
    unit: 'an hour',
    default: 120,
    min: 1,
    max: 1_000_000,
    bounds:
      'refreshes that one server triggers by list_changed, on each node; beyond it the server is DEGRADED until the next one is due',
  },
  automaticRefreshBurst: {
    unit: 'refreshes',
    default: 30,
    min: 1,
    max: 1_000_000,
    bounds: 'of these, those that a server may trigger in a row after a quiet time',
  },
  scheduledRefreshes: {
    unit: 'a second',
    default: 10,
    min: 1,
    max: 1_000,
    bounds: 'refreshes on an interval, of all servers of one tenant; more are delayed',
  },
  refreshes: atATime(8, 'refreshes; more wait QUEUED, by turns of tenants', 1_000),
  sessions: atATime(
    256,
    'sessions with MCP servers, those being opened included; an idle one goes when room is needed, then one that is kept for followers of resources alone; else callers wait, by turns of tenants',
  ),
  lookups: atATime(
    2,
    'DNS look-ups of HTTP servers; more wait, by turns of tenants. The system has half of UV_THREADPOOL_SIZE (4) for them',
    1_024,
  ),
  authorizations: atATime(
    16,
    'OAuth authorizations that are being begun, and as many that are being completed or revoked; more wait, by turns of tenants',
    1_000,
  ),
  spawns: {
    unit: 'a second',
    default: 100,
    min: 1,
    max: 10_000,
    bounds: 'stdio servers that are started; more wait, by turns of tenants',
  },
  requestsPerServer: atATime(16, 'requests to one server; more wait in order, within their deadlines'),
  tenantShare: {
    unit: 'percent',
    default: 50,
    min: 1,
    max: 100,
    bounds: 'the share of shared budgets that one tenant may take, once the registry knows a tenant beside `default`',
  },
  followedUrisPerServer: entries(
    1_000,
    'resources of one server that are followed on this node, each counted once for each of its credentials; following more is refused, retryable',
  ),
  followedUrisPerTenant: entries(
    10_000,
    'resources of one tenant that are followed on this node, as followedUrisPerServer',
  ),
  followersPerTenant: atATime(
    100_000,
    'followers of resources of one tenant on this node, each counted once for each of its URIs; more are refused, retryable',
    many,
  ),
  followedUriBytes: bytes(
    8 * KiB,
    'the URI of a resource that is followed, which is kept and sent anew after each lost connection; a longer one is refused',
    64,
    MiB,
  ),
  resourceUpdatesPerSecond: {
    unit: 'a second',
    default: 10,
    min: 1,
    max: 1_000,
    bounds: 'updates of one resource that its followers get; more are joined into one, the newest',
  },
  runsPerTenant: atATime(10_000, 'unfinished runs of one tenant on this node; more are refused, retryable', many),
  pausedRunsPerTenant: atATime(
    10_000,
    'runs of one tenant that wait for an approval or an answer; more are refused, retryable, and no server may ask for more',
    many,
  ),
  inputRounds: {
    unit: 'rounds',
    default: 50,
    min: 1,
    max: 10_000,
    bounds: 'how often the server of one run may ask for input; beyond it the run fails, or the request is refused',
  },
  inputRequests: atATime(
    16,
    'requests for input of one run that wait; with more at a time the run fails, or the request is refused',
    100,
  ),
  inputBytes: bytes(
    256 * KiB,
    'what the server of one run asks for at a time as JSON; the run fails, or the request is refused',
    KiB,
    longestText,
  ),
  inputSchemaBytes: bytes(
    32 * KiB,
    'the requestedSchema of one request for input as JSON, as inputBytes',
    KiB,
    longestText,
  ),
  inputStateBytes: bytes(
    256 * KiB,
    'the requestState that an MCP server wants to see again with the answers; the run fails',
    KiB,
    longestText,
  ),
  asksPerTenant: atATime(
    100,
    'reads of resources, renderings of prompts and completions of one tenant on this node, those that are answered from memory excluded; more are refused, retryable',
    many,
  ),
  runBytesPerTenant: bytes(
    64 * MiB,
    'memory of the unfinished runs of one tenant on this node, with their args, metadata and variables; more are refused, retryable',
    MiB,
  ),
  deadlineMs: ms(
    dayMs,
    'the longest deadline that a server or a caller may set; a longer one is refused, and cut if it was stored before',
    dayMs,
  ),
  argsBytes: bytes(MiB, 'args of one run as JSON; the run is refused', 2, longestText),
  argsIssues: {
    unit: 'issues',
    default: 20,
    min: 1,
    max: 1_000,
    bounds: 'issues of args that an answer names; checking stops there',
  },
  checkSteps: {
    unit: 'steps',
    default: 600_000,
    min: 1_000,
    max: many,
    bounds:
      'one check of args against the schema of an MCP server, in steps of about 50 ns; beyond it the run goes unchecked, and its log says so. A tenant has five times as many a second',
  },
  uriBytes: bytes(64 * KiB, 'a URI to read, and what a URI template expands to; the read is refused', KiB, 16 * MiB),
  cachedReadBytes: bytes(
    32 * MiB,
    'answers of resources that are kept as long as their servers say, of all tenants; beyond it, or beyond its share of a tenant, the ones that were used longest ago go',
    0,
  ),
  cachedReads: { ...entries(10_000, 'of these, the number of answers'), min: 0 },
  jobTextBytes: bytes(
    4 * MiB,
    'log lines, stderr and progress that one run or refresh records; beyond it only the last of each kind, and how many were left out',
  ),
  textBytes: bytes(
    64 * KiB,
    'one log line, progress message or error of an MCP server, and its instructions; the rest is cut off before secrets are scrubbed',
    KiB,
    MiB,
  ),
  readBytes: bytes(
    16 * MiB,
    'rows of one read; a page ends early and has a next one, and a read by ids is refused',
    64 * KiB,
  ),
  auditDays: { unit: 'days', default: 365, min: 1, max: 3_650, bounds: 'how long the audit is kept' },
} as const satisfies Readonly<Record<string, Budget>>

export type BudgetName = keyof typeof budgetTable

/** The value in force of each budget, in its unit. */
export type Budgets = Readonly<Record<BudgetName, number>>

// Object.keys is typed as string, even for a table with known keys.
export const budgetNames = Object.keys(budgetTable) as readonly BudgetName[]
