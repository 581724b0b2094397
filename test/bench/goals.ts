import type { CallResults } from './calls.ts'
import type { Figures } from './measure.ts'
import type { ManyServersResults, RefreshResults } from './refresh.ts'

export interface Results {
  readonly calls?: readonly CallResults[]
  readonly refresh?: { readonly results: readonly RefreshResults[]; readonly manyServers: ManyServersResults }
  readonly reads?: readonly Figures[]
  readonly graphql?: readonly Figures[]
}

export interface Goal {
  readonly what: string
  readonly wanted: string
  readonly measured: string
  readonly met: boolean
}

type Judge = (what: string, measured: number | undefined, limit: number, unit: string, atLeast?: boolean) => void

/** What the project wants to reach, against what was measured; a part that was not run has no lines. */
export function goalsOf(results: Results): readonly Goal[] {
  const goals: Goal[] = []
  const judge: Judge = (what, measured, limit, unit, atLeast = false) => {
    if (measured === undefined) return
    const met = atLeast ? measured >= limit : measured <= limit
    goals.push({
      what,
      wanted: `${atLeast ? '≥' : '≤'} ${limit} ${unit}`,
      measured: `${measured.toFixed(2)} ${unit}`,
      met,
    })
  }
  if (results.calls) judgeCalls(results.calls, judge)
  if (results.refresh) judgeRefresh(results.refresh, judge)
  if (results.reads) judgeReads(results.reads, judge)
  return goals
}

function judgeCalls(calls: readonly CallResults[], judge: Judge): void {
  const find = (transport: string, concurrency: number, name: string) =>
    calls
      .find((each) => each.transport === transport && each.concurrency === concurrency)
      ?.figures.find((each) => each.name.startsWith(name))
  for (const concurrency of [1, 16]) {
    const library = find('http', concurrency, 'toolyard, library')
    judge(`library over HTTP, concurrency ${concurrency}, p50`, library?.p50Ratio, 1, '× SDK')
    judge(`library over HTTP, concurrency ${concurrency}, CPU`, library?.cpuRatio, 1, '× SDK')
    const graphql = find('http', concurrency, 'toolyard, GraphQL')
    judge(`GraphQL to HTTP, concurrency ${concurrency}, p50`, graphql?.p50Ratio, concurrency === 1 ? 1.5 : 1.8, '× SDK')
    const hub = find('http', concurrency, 'mcp-hub')
    judge(
      `GraphQL to HTTP, concurrency ${concurrency}, p50 against mcp-hub`,
      graphql && hub && graphql.p50 / hub.p50,
      1,
      '×',
    )
  }
  judge('library over stdio, p50', find('stdio', 1, 'toolyard, library')?.p50Difference, 0.1, 'ms over SDK')
  const graphql = find('stdio', 1, 'toolyard, GraphQL')
  const hub = find('stdio', 1, 'mcp-hub')
  judge('GraphQL to stdio, p50', graphql?.p50Difference, 1.4, 'ms over SDK')
  judge('GraphQL to stdio, p50 against mcp-hub', graphql && hub && graphql.p50 / hub.p50, 1, '×')
  for (const [transport, limit] of [
    ['http', 4],
    ['stdio', 300],
  ] as const) {
    const library = find(transport, 1, 'toolyard, library')
    const connecting = find(transport, 1, 'SDK client, connecting')
    judge(
      `library over ${transport} against connecting per call`,
      library && connecting && connecting.p50 / library.p50,
      limit,
      '× faster',
      true,
    )
  }
}

function judgeRefresh({ results, manyServers }: NonNullable<Results['refresh']>, judge: Judge): void {
  const thousand = results.find(({ tools }) => tools === 1_000)?.figures
  const ratio = (name: string) => thousand?.find((each) => each.name === name)?.p50Ratio
  judge('refresh of 1,000 new tools', ratio('toolyard, all new'), 1.15, '× floor')
  judge('refresh of 1,000 tools, nothing changed', ratio('toolyard, nothing changed'), 0.65, '× floor')
  judge(
    'refresh of 1,000 new tools with output schemas',
    ratio('toolyard, all new, with output schemas'),
    1.3,
    '× floor',
  )
  judge(
    '100 servers × 100 tools',
    manyServers.figures.find(({ name }) => name === 'toolyard')?.p50Ratio,
    1.2,
    '× floor',
  )
  judge('100 servers × 100 tools, event loop held up', manyServers.maxBlockedMs, 50, 'ms')
}

function judgeReads(reads: readonly Figures[], judge: Judge): void {
  for (const place of ['first page', 'behind 20,000']) {
    const library = reads.find(({ name }) => name === `library, ${place}`)
    const graphql = reads.find(({ name }) => name === `GraphQL, ${place}`)
    judge(`50 tools of 100,000, library, ${place}, p99`, library?.p99, 1, 'ms')
    judge(`50 tools of 100,000, GraphQL, ${place}, p50`, graphql?.p50, 1.5, 'ms')
    judge(`50 tools of 100,000, GraphQL, ${place}, p99`, graphql?.p99, 8, 'ms')
  }
}
