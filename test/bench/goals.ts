import { difference, type Group, type Row, ratio } from './measure.ts'

export interface Verdict {
  readonly what: string
  /** As it reads: `≤ 1.5×`. */
  readonly goal: string
  readonly unit: string
  readonly measured: number
  readonly isMet: boolean
}

type Measure = (group: Group) => number | undefined

interface Goal {
  readonly what: string
  /** How the group's title begins. */
  readonly group: string
  readonly limit: 'most' | 'least'
  readonly value: number
  readonly unit: '×' | ' ms' | ''
  readonly measure: Measure
}

function rowOf({ rows }: Group, name: string): Row | undefined {
  return rows.find((row) => row.name === name)
}

function compare(name: string, to: string, by: (row: Row, other: Row) => number): Measure {
  return (group) => {
    const row = rowOf(group, name)
    const other = rowOf(group, to)
    return row && other && by(row, other)
  }
}

const times = (name: string, to: string) => compare(name, to, (row, other) => ratio(row, other, 'p50'))
const cpuTimes = (name: string, to: string) => compare(name, to, (row, other) => ratio(row, other, 'cpu'))
const more = (name: string, to: string) => compare(name, to, difference)
const figure =
  (name: string, of: 'p50' | 'p99'): Measure =>
  (group) =>
    rowOf(group, name)?.[of]
const note =
  (name: string): Measure =>
  ({ notes = {} }) =>
    notes[name]

function most(what: string, group: string, value: number, unit: Goal['unit'], measure: Measure): Goal {
  return { what, group, limit: 'most', value, unit, measure }
}
function least(what: string, group: string, value: number, measure: Measure): Goal {
  return { what, group, limit: 'least', value, unit: '×', measure }
}

const sdk = 'SDK client, warm'
const connect = 'SDK client, connect per call'
const lib = 'toolyard library'
const gql = 'toolyard GraphQL'
const hub = 'mcp-hub'
const http1 = 'calls over http, 1 at a time'
const http16 = 'calls over http, 16 at a time'
const stdio1 = 'calls over stdio, 1 at a time'
const modern = 'toolyard, modern'
const legacy = 'toolyard, legacy'
const sdk2 = 'SDK 2 client, modern'
const subscribers = '1000 subscribers'
const floor = 'bare floor'
const fresh = 'toolyard, new tools'
const same = 'toolyard, nothing changed'
const output = 'toolyard, new with output schemas'

/** The figures to reach. */
const goals: readonly Goal[] = [
  most('library over HTTP, p50 against the SDK', http1, 1.0, '×', times(lib, sdk)),
  most('library over HTTP, CPU against the SDK', http1, 1.0, '×', cpuTimes(lib, sdk)),
  most('library over stdio, p50 beyond the SDK', stdio1, 0.1, ' ms', more(lib, sdk)),
  most('GraphQL to HTTP, 1 at a time, against the SDK', http1, 1.3, '×', times(gql, sdk)),
  most('GraphQL to HTTP, 1 at a time, against mcp-hub', http1, 1.0, '×', times(gql, hub)),
  most('GraphQL to HTTP, 16 at a time, against the SDK', http16, 1.0, '×', times(gql, sdk)),
  most('GraphQL to HTTP, 16 at a time, against mcp-hub', http16, 1.0, '×', times(gql, hub)),
  most('GraphQL to stdio, p50 beyond the SDK', stdio1, 1.4, ' ms', more(gql, sdk)),
  ...[1, 16, 64].map((count) =>
    most(
      `GraphQL to stdio, ${count} at a time, against mcp-hub`,
      `calls over stdio, ${count} at a time`,
      1.0,
      '×',
      times(gql, hub),
    ),
  ),
  least('connect-per-call over HTTP, against the library', http1, 4, times(connect, lib)),
  least('connect-per-call over stdio, against the library', stdio1, 300, times(connect, lib)),
  most('modern run over HTTP, p50 against a legacy one', 'runs over http, by era', 1.0, '×', times(modern, legacy)),
  most('modern run over HTTP, p50 against the SDK', 'runs over http, by era', 1.0, '×', times(modern, sdk2)),
  most('modern list of 1,000 tools, p50 beyond a legacy one', 'a list of 1000 tools', 0.4, ' ms', more(modern, legacy)),
  most('refresh of 1,000 new tools, against the floor', 'refresh of 1000 tools', 1.15, '×', times(fresh, floor)),
  most('the same, nothing changed', 'refresh of 1000 tools', 0.65, '×', times(same, floor)),
  most('the same, with output schemas', 'refresh of 1000 tools', 1.3, '×', times(output, floor)),
  most('100 servers × 100 tools, against the floor', 'refresh of 100 servers', 1.2, '×', times(fresh, floor)),
  most('event loop late at most', 'refresh of 100 servers', 50, ' ms', note('event loop late at most, toolyard, ms')),
  least('deliveries to subscribers, against plain graphql-ws', subscribers, 1, times('plain graphql-ws', 'toolyard')),
  most('from the message to a subscriber, p99', 'from the server', 100, ' ms', figure('toolyard', 'p99')),
  most('opening the secrets of 100 dials, p50', 'secrets of 100', 5, ' ms', more('opened', 'in clear')),
  most('sealing them, p50', 'secrets of 100', 5, ' ms', figure('sealed', 'p50')),
  most(
    'a run with keys and limits, p50',
    'runs over GraphQL',
    1.05,
    '×',
    times('keys and limits', 'neither keys nor limits'),
  ),
  most('a warm call with secrets, against one without', 'warm calls', 1.03, '×', times('five secrets', 'no secrets')),
  most('a warm run with OAuth, p50', 'runs over HTTP, by authorization', 1.02, '×', times('OAuth', 'header token')),
  most('telemetry without an SDK, CPU', 'runs, by telemetry', 1.03, '×', cpuTimes('no SDK', 'switched off')),
  most('telemetry without an SDK, p50', 'runs, by telemetry', 1.03, '×', times('no SDK', 'switched off')),
  most('tracing, CPU', 'runs, by telemetry', 1.1, '×', cpuTimes('tracing', 'switched off')),
  most('tracing, p50', 'runs, by telemetry', 1.1, '×', times('tracing', 'switched off')),
  most('a run on PostgreSQL, p50 beyond SQLite', 'runs, by storage', 1.5, ' ms', more('PostgreSQL', 'SQLite')),
  most('CPU of a run, two nodes against one', 'runs of nodes', 1.15, '×', cpuTimes('two nodes', 'one node')),
  most('event of another node, p50', 'an event of', 10, ' ms', figure('from a node to a subscriber of another', 'p50')),
  most(
    'event of another node, p99',
    'an event of',
    100,
    ' ms',
    figure('from a node to a subscriber of another', 'p99'),
  ),
  ...['new tools', 'nothing changed'].map((what) =>
    most(
      `refresh of 1,000 tools on PostgreSQL, ${what}, against SQLite`,
      'refresh of 1000 tools, by storage',
      2,
      '×',
      times(`PostgreSQL, ${what}`, `SQLite, ${what}`),
    ),
  ),
  most('idle, from the signal to the exit, p99', 'from SIGTERM', 500, ' ms', figure('idle', 'p99')),
  most(
    '50 runs in flight, beyond the grace, p99',
    'from SIGTERM',
    2_000,
    ' ms',
    figure('50 runs, beyond the grace', 'p99'),
  ),
  most(
    '50 runs, until /ready is at 503, p99',
    'from SIGTERM',
    500,
    ' ms',
    figure('50 runs, until /ready is at 503', 'p99'),
  ),
  ...['children', 'runs that did not settle'].map((what) =>
    most(`left by a shutdown: ${what}`, 'from SIGTERM', 0, '', note(`${what} left`)),
  ),
  ...['first page', 'deep cursor', 'one server'].map((page) =>
    most(`PostgreSQL, ${page}, p99`, 'PostgreSQL, a page', 5, ' ms', note(`${page}, in the database, p99, ms`)),
  ),
  ...['two words', 'one rare word', 'a word of every tool'].flatMap((words) => [
    most(`search, ${words}, p99`, 'a search', 20, ' ms', figure(`library, ${words}`, 'p99')),
    most(`PostgreSQL, search, ${words}, p99`, 'PostgreSQL, a search', 50, ' ms', figure(`library, ${words}`, 'p99')),
  ]),
  ...['first page', 'deep cursor', 'one in a hundred, by status', 'one server', 'one tool', 'one second'].map((page) =>
    most(`library, runs, ${page}, p99`, 'a page of 50 runs', 2, ' ms', figure(`library, ${page}`, 'p99')),
  ),
  ...['first page', 'deep cursor', 'one server'].flatMap((page) => [
    most(`library, ${page}, p99`, 'a page of 50 tools', 0.9, ' ms', figure(`library, ${page}`, 'p99')),
    most(`GraphQL, ${page}, p50`, 'a page of 50 tools', 0.8, ' ms', figure(`GraphQL, ${page}`, 'p50')),
    most(`GraphQL, ${page}, p99`, 'a page of 50 tools', 8, ' ms', figure(`GraphQL, ${page}`, 'p99')),
  ]),
]

/** Each goal whose figures were measured. */
export function judge(groups: readonly Group[]): readonly Verdict[] {
  return goals.flatMap(({ what, group: title, limit, value, unit, measure }) => {
    const group = groups.find((each) => each.title.startsWith(title))
    const measured = group && measure(group)
    if (measured === undefined) return []
    const isMet = limit === 'most' ? measured <= value : measured >= value
    return [{ what, goal: `${limit === 'most' ? '≤' : '≥'} ${value}${unit}`, unit, measured, isMet }]
  })
}
