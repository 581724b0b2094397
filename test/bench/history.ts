import { execFileSync } from 'node:child_process'
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import { type Group, ratio } from './measure.ts'

/** How many times as much a row takes as the first of its group. NaN where it was not measured. */
export interface Ratios {
  readonly p50: number
  readonly cpu: number
}

/** What one run of the benchmark came to: ratios alone, as times can be compared only within a run. */
export interface HistoryEntry {
  readonly commit: string
  /** Whether files differed from the commit. */
  readonly isDirty: boolean
  readonly date: string
  readonly node: string
  readonly cpu: string
  readonly cpus: number
  /** Processes that were ready to run, over the last minute: beyond the number of cores, ratios are unsteady. */
  readonly load: number
  readonly isQuick: boolean
  /** By the titles of groups and the names of rows. */
  readonly ratios: Readonly<Record<string, Readonly<Record<string, Ratios>>>>
}

/** Where and how a run was measured. */
export type Machine = Pick<HistoryEntry, 'date' | 'node' | 'cpu' | 'cpus' | 'isQuick'>

const rounded = (value: number) => Number(value.toPrecision(3))

function ratiosOf({ rows, baseline }: Group): Readonly<Record<string, Ratios>> {
  const base = rows.find(({ name }) => name === baseline)
  if (!base) return {}
  const others = rows.filter((row) => row !== base)
  return Object.fromEntries(
    others.map((row) => [row.name, { p50: rounded(ratio(row, base, 'p50')), cpu: rounded(ratio(row, base, 'cpu')) }]),
  )
}

function git(...args: readonly string[]): string {
  return execFileSync('git', args, { encoding: 'utf8', cwd: import.meta.dirname }).trim()
}

export function toEntry(machine: Machine, groups: readonly Group[]): HistoryEntry {
  const { date, node, cpu, cpus, isQuick } = machine
  return {
    commit: git('rev-parse', '--short=12', 'HEAD'),
    isDirty: git('status', '--porcelain', '--untracked-files=no') !== '',
    date,
    node,
    cpu,
    cpus,
    load: rounded(loadavg()[0] ?? 0),
    isQuick,
    ratios: Object.fromEntries(groups.map((group) => [group.title, ratiosOf(group)])),
  }
}

/** The entries of a file, the oldest first. JSON has no NaN, so that a ratio without figures is null there. */
export function readHistory(path: string): readonly HistoryEntry[] {
  if (!existsSync(path)) return []
  const lines = readFileSync(path, 'utf8').split('\n')
  // This program alone writes it.
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as HistoryEntry)
}

export function appendHistory(path: string, entry: HistoryEntry): void {
  appendFileSync(path, `${JSON.stringify(entry)}\n`)
}

/** A ratio beside that of the last entry that has it. */
export interface Comparison {
  readonly group: string
  readonly row: string
  readonly now: Ratios
  readonly before: Ratios
  readonly entry: HistoryEntry
}

/** Compares with the newest entries of the same kind, quick or not, that measured the same. */
export function compareWithHistory(now: HistoryEntry, history: readonly HistoryEntry[]): readonly Comparison[] {
  const alike = history.filter(({ isQuick }) => isQuick === now.isQuick)
  return Object.entries(now.ratios).flatMap(([group, rows]) =>
    Object.entries(rows).flatMap(([row, ratios]) => {
      const entry = alike.findLast((each) => each.ratios[group]?.[row] !== undefined)
      const before = entry?.ratios[group]?.[row]
      return entry && before ? [{ group, row, now: ratios, before, entry }] : []
    }),
  )
}
