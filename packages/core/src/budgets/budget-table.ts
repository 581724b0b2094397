/** What one budget bounds. The table of them all is what options, settings, docs and metrics are made of. */
export interface Budget {
  /** What `max` counts, as it reads behind the number. */
  readonly unit:
    | 'bytes'
    | 'values'
    | 'tools'
    | 'ms'
    | 'percent'
    | 'days'
    | 'an hour'
    | 'levels'
    | 'at a time'
    | 'issues'
  readonly default: number
  /** The least and the most that an operator may set. */
  readonly min: number
  readonly max: number
  /** What is bounded, and what happens beyond it, as a sentence without its full stop. */
  readonly bounds: string
}

const KiB = 1024
const MiB = 1024 * KiB
const GiB = 1024 * MiB
/** V8 holds no longer text. */
const longestText = 512 * MiB
/** A timer goes no longer. */
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
const ms = (fallback: number, bounds: string, max = longestTimer) =>
  ({ unit: 'ms', default: fallback, min: 1, max, bounds }) satisfies Budget

// A list: one line a budget, in the order in which the documentation has them.
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
    96 * MiB,
    'messages over 1 MiB that all sessions read at a time; the others wait unread, by turns of tenants',
    MiB,
  ),
  errorBodyBytes: bytes(64 * KiB, 'the body of an HTTP error of an MCP server; the exchange ends there'),
  serverRequests: atATime(
    16,
    'requests of one MCP server under answer; beyond it the session ends with PROTOCOL_ERROR',
  ),
  serverRequestMs: ms(10_000, 'the delivery of one answer to a request of an MCP server; beyond it the session ends'),
  writeQueueBytes: bytes(64 * MiB, 'what an MCP server has not read of what is sent to it; beyond it the session ends'),
  connectionsPerOrigin: atATime(
    256,
    'connections to one origin of MCP servers; more requests wait within their deadlines',
  ),
  reconnectMinMs: ms(100, 'the shortest pause before an event stream is opened again, whatever `retry` says'),
  reconnectMaxMs: ms(300_000, 'the longest pause before an event stream is opened again, whatever `retry` says'),
  listBytes: bytes(64 * MiB, 'all pages of one list of a server; the refresh fails, and the tools stay as they were'),
  listTools: tools(20_000, 'tools on all pages of one list; the refresh fails, and the tools stay as they were'),
  listPages: {
    unit: 'values',
    default: 1_000,
    min: 1,
    max: many,
    bounds: 'pages of one list; the refresh fails, and the tools stay as they were',
  },
  listingBytes: bytes(96 * MiB, 'lists that all refreshes hold at a time; the others wait, by turns of tenants', MiB),
  definitionBytes: bytes(
    MiB,
    'one tool definition as JSON; the tool is rejected, the others are taken',
    KiB,
    longestText,
  ),
  definitionValues: {
    unit: 'values',
    default: 10_000,
    min: 100,
    max: many,
    bounds: 'JSON values in one tool definition; the tool is rejected, the others are taken',
  },
  definitionDepth: {
    unit: 'levels',
    default: 64,
    min: 8,
    max: 200,
    bounds: 'lists and objects in one another in one tool definition; the tool is rejected, the others are taken',
  },
  serversPerTenant: {
    unit: 'values',
    default: 10_000,
    min: 1,
    max: many,
    bounds: 'servers of one tenant; creating more fails',
  },
  toolsPerTenant: tools(500_000, 'tools of one tenant, removed ones included; a refresh that goes beyond it fails'),
  toolBytesPerTenant: bytes(
    2 * GiB,
    'tool definitions of one tenant; a refresh that goes beyond it fails',
    MiB,
    2 ** 50,
  ),
  removedToolsPerServer: tools(
    1_000,
    'removed tools of one server that are remembered, the newest first; the rest are forgotten',
  ),
  removedToolDays: {
    unit: 'days',
    default: 30,
    min: 1,
    max: 3_650,
    bounds: 'how long a removed tool is remembered, with its id and settings',
  },
  automaticRefreshes: {
    unit: 'an hour',
    default: 120,
    min: 1,
    max: 1_000_000,
    bounds:
      'refreshes that one server asks for by list_changed; beyond it the server is DEGRADED until the hour allows another',
  },
  refreshes: atATime(8, 'refreshes; more wait QUEUED, by turns of tenants', 1_000),
  sessions: atATime(
    256,
    'sessions with MCP servers; an idle one goes when room is needed, else callers wait, by turns of tenants',
  ),
  requestsPerServer: atATime(16, 'requests to one server; more wait in order, within their deadlines'),
  tenantShare: {
    unit: 'percent',
    default: 50,
    min: 1,
    max: 100,
    bounds: 'the share that one tenant may take of what tenants share, once there are several',
  },
  runsPerTenant: atATime(10_000, 'unfinished runs of one tenant on this node; more are refused', many),
  runBytesPerTenant: bytes(64 * MiB, 'args of unfinished runs of one tenant on this node; more are refused', MiB),
  deadlineMs: ms(dayMs, 'the longest deadline that a server or a caller may set', dayMs),
  argsBytes: bytes(MiB, 'args of one run as JSON; the run is refused', 2, longestText),
  argsIssues: {
    unit: 'issues',
    default: 20,
    min: 1,
    max: 1_000,
    bounds: 'faults of args that an answer names; checking stops there',
  },
  checkMs: ms(
    100,
    'the check of args against a foreign schema; beyond it the run goes unchecked, and its log says so',
    60_000,
  ),
  textBytes: bytes(64 * KiB, 'one log line, progress message or error text of an MCP server; the rest is cut'),
  readBytes: bytes(
    16 * MiB,
    'rows of one read; a page ends early, and has a next one, and what is asked for by ids is refused',
    64 * KiB,
  ),
  auditDays: { unit: 'days', default: 365, min: 1, max: 3_650, bounds: 'how long the audit is kept' },
} as const satisfies Readonly<Record<string, Budget>>

export type BudgetName = keyof typeof budgetTable

/** The value in force of each budget, in its unit. */
export type Budgets = Readonly<Record<BudgetName, number>>

// Object.keys says string, also of a table whose keys are known.
export const budgetNames = Object.keys(budgetTable) as readonly BudgetName[]
