import { setTimeout as delay } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Inspector } from './inspect.ts'
import { createTurnProfiler, type Profile } from './profile.ts'
import { median, percentile } from './statistics.ts'

/** Something that is measured beside others. */
export interface Subject {
  readonly name: string
  /** Does it once, checks what came, and throws where that is wrong. */
  run(): Promise<void>
  /** CPU time so far, in ms, of the process that does the work. */
  cpu(): number
  /** That of the same process, if its turns are to be profiled, which then take longer. */
  readonly inspector?: Inspector | undefined
  /** Makes ready for one `run`, and clears up after it; neither is measured. One at a time only. */
  before?(): Promise<void>
  after?(): Promise<void>
}

export interface Plan {
  readonly rounds: number
  /** How long a subject has its turn in a round, in ms; it ends the run it is in. */
  readonly sliceMs: number
  /** How long each subject runs before the first round, in ms. @default sliceMs */
  readonly warmUpMs?: number
  /** Runs of a turn at least. @default 1 */
  readonly minRuns?: number
  /** @default 1 */
  readonly concurrency?: number
  /** Whether garbage is collected before each turn; where turns are short, it takes longer than they do. @default true */
  readonly collects?: boolean
}

/** One subject's turn in one round. Milliseconds. */
interface Slice {
  readonly p50: number
  readonly cpu: number
}

export interface Row {
  readonly name: string
  readonly runs: number
  /** Median of the rounds' medians, in ms. */
  readonly p50: number
  /** Of all runs, in ms. */
  readonly p95: number
  readonly p99: number
  /** CPU time of one run, in ms: the median of the rounds. */
  readonly cpu: number
  readonly rounds: readonly Slice[]
}

/** Rows that were measured in the same rounds. */
export interface Group {
  readonly title: string
  /** The row that the others are compared with. */
  readonly baseline: string
  readonly rows: readonly Row[]
  /** What else was seen. */
  readonly notes?: Readonly<Record<string, number>>
  readonly profiles?: readonly Profile[]
}

setFlagsFromString('--expose-gc')
// What V8 offers under that flag takes no arguments here and answers nothing.
const collectGarbage = runInNewContext('gc') as () => void

/** A contender that does not answer at all must not hold up the bench for ever. */
const maxOverrunMs = 120_000

/** Turns that await nothing but SQLite keep the event loop from its sockets for seconds: an idle one may have been closed. */
const seeClosedConnections = () => delay(1)

async function takeTurn(subject: Subject, plan: Plan, times: number[]): Promise<number> {
  const { sliceMs, minRuns = 1, concurrency = 1 } = plan
  const isPrepared = subject.before !== undefined || subject.after !== undefined
  const end = performance.now() + sliceMs
  const cpuAtStart = subject.cpu()
  let preparedCpu = 0
  let started = 0
  const worker = async () => {
    while (started < minRuns || performance.now() < end) {
      started += 1
      await subject.before?.()
      const cpu = isPrepared ? subject.cpu() : 0
      const at = performance.now()
      await subject.run()
      times.push(performance.now() - at)
      if (isPrepared) preparedCpu += subject.cpu() - cpu
      await subject.after?.()
    }
  }
  const { promise: late, reject } = Promise.withResolvers<never>()
  const deadline = setTimeout(() => reject(new Error(`${subject.name} does not end its turn`)), sliceMs + maxOverrunMs)
  try {
    await Promise.race([late, Promise.all(Array.from({ length: concurrency }, worker))])
  } finally {
    clearTimeout(deadline)
  }
  return isPrepared ? preparedCpu : subject.cpu() - cpuAtStart
}

/** Reverses every other round and rotates each pair, so that no candidate always follows the same one, or itself. */
function inOrderOf<Item>(all: readonly Item[], round: number): readonly Item[] {
  const first = Math.floor(round / 2) % all.length
  const rotated = [...all.slice(first), ...all.slice(0, first)]
  return round % 2 === 0 ? rotated : rotated.toReversed()
}

/** Measures all subjects in turns, A B C A B C: what the machine does meanwhile, it does to all of them. */
export async function interleave(title: string, subjects: readonly Subject[], plan: Plan): Promise<Group> {
  process.stderr.write(`${title}: `)
  const seen = subjects.map(({ name, inspector }) => ({
    times: [] as number[],
    rounds: [] as Slice[],
    profiler: inspector && createTurnProfiler(name, inspector),
  }))
  const all = subjects.flatMap((subject, index) => {
    const record = seen[index]
    return record ? [{ subject, record }] : []
  })
  for (const { subject } of all) {
    await seeClosedConnections()
    await takeTurn(subject, { ...plan, sliceMs: plan.warmUpMs ?? plan.sliceMs, minRuns: 1 }, [])
  }
  for (let round = 0; round < plan.rounds; round += 1) {
    for (const { subject, record } of inOrderOf(all, round)) {
      // What the one before left behind must not be cleared up at the cost of this one.
      if (plan.collects ?? true) collectGarbage()
      await seeClosedConnections()
      const times: number[] = []
      let cpu = 0
      const turn = async () => {
        cpu = await takeTurn(subject, plan, times)
        return times.length
      }
      await (record.profiler ? record.profiler.take(turn) : turn())
      record.times.push(...times)
      record.rounds.push({ p50: median(times), cpu: cpu / times.length })
    }
    process.stderr.write('.')
  }
  process.stderr.write('\n')
  const rows = all.map(({ subject, record: { times, rounds } }) => ({
    name: subject.name,
    runs: times.length,
    p50: median(rounds.map(({ p50 }) => p50)),
    p95: percentile(times, 95),
    p99: percentile(times, 99),
    cpu: median(rounds.map(({ cpu }) => cpu)),
    rounds,
  }))
  const profiles = seen.flatMap(({ profiler }) => profiler?.profiles() ?? [])
  return { title, baseline: rows[0]?.name ?? '', rows, ...(profiles.length > 0 ? { profiles } : {}) }
}

/** How many times as much one row takes as another: the median of the ratios within a round. */
export function ratio(row: Row, to: Row, of: keyof Slice): number {
  return median(pairs(row, to, of).map(([mine, other]) => mine / other))
}

/** How much more one row takes than another, in ms: the median of the differences within a round. */
export function difference(row: Row, to: Row): number {
  return median(pairs(row, to, 'p50').map(([mine, other]) => mine - other))
}

function pairs(row: Row, to: Row, of: keyof Slice): [number, number][] {
  return row.rounds.flatMap((slice, index) => {
    const other = to.rounds[index]
    return other ? [[slice[of], other[of]] satisfies [number, number]] : []
  })
}
