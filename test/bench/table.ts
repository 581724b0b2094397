import type { Verdict } from './goals.ts'
import type { Comparison, Ratios } from './history.ts'
import { layers } from './layers.ts'
import { type Group, ratio } from './measure.ts'
import type { Profile } from './profile.ts'

function figure(value: number | null, unit = ''): string {
  if (value === null || !Number.isFinite(value)) return '-'
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : Math.abs(value) >= 1 ? 2 : 3
  return `${value.toFixed(digits)}${unit}`
}

/** The first column to the left, the others to the right. */
function columns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows
    .map((row) =>
      row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))),
    )
    .map((cells) => `  ${cells.join('  ')}`)
    .join('\n')
}

function profileTable({ subject, kind, perRun, shares, lines }: Profile): string {
  const [what, unit] = kind === 'CPU' ? ['CPU', 'µs'] : ['allocations', 'bytes']
  const parts = layers.map((layer) => [layer, figure((shares[layer] ?? 0) * 100, ' %')])
  const body = lines.map((line) => [line.where, figure(line.perRun)])
  const head = `${subject}, ${what} of a run, ${unit}; functions by themselves`
  return columns([[head, figure(perRun)], ...parts, ...body])
}

export function groupTable({ title, baseline, rows, notes = {}, profiles = [] }: Group): string {
  const base = rows.find(({ name }) => name === baseline)
  const head = ['ms', 'p50', 'p95', 'p99', 'CPU', 'p50 ×', 'CPU ×', 'runs']
  const body = rows.map((row) => [
    row.name,
    figure(row.p50),
    figure(row.p95),
    figure(row.p99),
    figure(row.cpu),
    base ? figure(ratio(row, base, 'p50'), '×') : '-',
    base ? figure(ratio(row, base, 'cpu'), '×') : '-',
    String(row.runs),
  ])
  const noted = Object.entries(notes).map(([name, value]) => `  ${name}: ${figure(value)}`)
  return [title, columns([head, ...body]), ...noted, ...profiles.map(profileTable)].join('\n')
}

export function goalTable(verdicts: readonly Verdict[]): string {
  const body = verdicts.map(({ what, goal, unit, measured, isMet }) => [
    what,
    goal,
    figure(measured, unit),
    isMet ? 'met' : 'NOT MET',
  ])
  return ['goals', columns([['what', 'goal', 'measured', ''], ...body])].join('\n')
}

/** Ratios that rose by more stand out, as a factor. */
const worse = 1.15

function changeOf(now: Ratios, before: Ratios): string {
  const change = now.cpu / before.cpu
  if (!Number.isFinite(change)) return ''
  return change > worse ? 'MORE CPU' : change < 1 / worse ? 'less CPU' : ''
}

/** The ratios beside those of the runs before. */
export function historyTable(comparisons: readonly Comparison[]): string {
  if (comparisons.length === 0) return 'history\n  no run before this one measured the same'
  const body = comparisons.map(({ group, row, now, before, entry }) => [
    `${group}: ${row}`,
    figure(now.p50, '×'),
    figure(before.p50, '×'),
    figure(now.cpu, '×'),
    figure(before.cpu, '×'),
    `${entry.commit}${entry.isDirty ? '+' : ''} ${entry.date.slice(0, 10)}`,
    changeOf(now, before),
  ])
  return ['history', columns([['what', 'p50 ×', 'before', 'CPU ×', 'before', 'commit', ''], ...body])].join('\n')
}
