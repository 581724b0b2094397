import { type Goal, goalsOf, type Results } from './goals.ts'
import type { Figures } from './measure.ts'

function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)))
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
  const [head = [], ...body] = rows
  return [line(head), widths.map((width) => '-'.repeat(width)).join('  '), ...body.map(line)].join('\n')
}

function figuresTable(title: string, figures: readonly Figures[]): string {
  const ms = (value: number) => value.toFixed(3)
  const rows = figures.map(({ name, operations, p50, p95, p99, cpu, p50Ratio, cpuRatio }) => [
    name,
    String(operations),
    ms(p50),
    ms(p95),
    ms(p99),
    ms(cpu),
    `${p50Ratio.toFixed(2)}×`,
    `${cpuRatio.toFixed(2)}×`,
  ])
  return `${title}\n${table([['', 'n', 'p50 ms', 'p95 ms', 'p99 ms', 'CPU ms', 'p50 ratio', 'CPU ratio'], ...rows])}\n`
}

function goalTable(goals: readonly Goal[]): string {
  const rows = goals.map(({ what, wanted, measured, met }) => [what, wanted, measured, met ? 'met' : 'NOT MET'])
  return `Goals\n${table([['', 'wanted', 'measured', ''], ...rows])}\n`
}

/** The results as text for a terminal. */
export function report(results: Results): string {
  const { calls = [], refresh, reads, graphql } = results
  return [
    ...calls.map(({ transport, concurrency, figures }) =>
      figuresTable(`Calls over ${transport}, concurrency ${concurrency}`, figures),
    ),
    ...(refresh?.results ?? []).map(({ tools, figures }) => figuresTable(`Refresh of ${tools} tools`, figures)),
    ...(refresh ? [figuresTable('Refresh of 100 servers × 100 tools at once', refresh.manyServers.figures)] : []),
    ...(reads ? [figuresTable('Pages of 50 tools, 10,000 servers and 100,000 tools', reads)] : []),
    ...(graphql ? [figuresTable('GraphQL, a query that does nothing (CPU of the server alone)', graphql)] : []),
    goalTable(goalsOf(results)),
  ].join('\n')
}
