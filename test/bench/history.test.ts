import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { appendHistory, compareWithHistory, readHistory, toEntry } from './history.ts'
import type { Group, Row } from './measure.ts'

const machine = { date: '2026-01-01T00:00:00.000Z', node: 'v24', cpu: 'a core', cpus: 2, isQuick: true }

function row(name: string, p50: number, cpu: number): Row {
  return { name, runs: 1, p50, p95: p50, p99: p50, cpu, rounds: [{ p50, cpu }] }
}

function group(title: string, ...rows: readonly Row[]): Group {
  return { title, baseline: rows[0]?.name ?? '', rows }
}

it('keeps the ratios of each run, and compares with the newest run of the same kind that measured the same', () => {
  const folder = mkdtempSync(join(tmpdir(), 'history-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'history.jsonl')
  expect(readHistory(path)).toEqual([])

  const entry = (isQuick: boolean, ...groups: readonly Group[]) => toEntry({ ...machine, isQuick }, groups)
  const first = entry(true, group('calls', row('bare', 2, 1), row('ours', 3, 1.5)))
  expect(first.ratios).toEqual({ calls: { ours: { p50: 1.5, cpu: 1.5 } } })
  expect(first.commit).toMatch(/^[0-9a-f]{12}$/)
  appendHistory(path, first)
  appendHistory(path, entry(false, group('calls', row('bare', 1, 1), row('ours', 9, 9))))
  appendHistory(path, entry(true, group('reads', row('bare', 1, 1), row('ours', 4, 4))))

  const now = entry(true, group('calls', row('bare', 2, 1), row('ours', 6, 1), row('new', 1, 1)))
  const compared = compareWithHistory(now, readHistory(path))
  expect(compared).toEqual([
    { group: 'calls', row: 'ours', now: { p50: 3, cpu: 1 }, before: { p50: 1.5, cpu: 1.5 }, entry: first },
  ])
})
