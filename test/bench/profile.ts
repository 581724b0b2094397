import { type HeapProfiler, type Profiler, Session } from 'node:inspector/promises'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Functions of ours that a profile names. */
const heaviest = 30
/** Interval between samples: of CPU, in µs, and of allocations, in bytes. */
const cpuIntervalUs = 100
const heapIntervalBytes = 4_096

const root = fileURLToPath(new URL('../../', import.meta.url))
const packages = new URL('../../packages/', import.meta.url).href

export type Kind = 'CPU' | 'ALLOCATIONS'

/** What a function took of each run by itself, without those that it called. */
export interface ProfileLine {
  readonly where: string
  /** µs, or bytes. */
  readonly perRun: number
}

export interface Profile {
  readonly kind: Kind
  readonly perRun: number
  readonly lines: readonly ProfileLine[]
}

interface Taken {
  runs: number
  total: number
  readonly own: Map<string, number>
}

/** Profiles the turns of one subject, by CPU and by allocations in turn: either would disturb the other. */
export interface TurnProfiler {
  /** Takes one turn, which answers its number of runs. */
  take(turn: () => Promise<number>): Promise<void>
  /** Both profiles, the heaviest functions of ours first. */
  profiles(): readonly Profile[]
}

function where({ functionName, url, lineNumber }: Profiler.Profile['nodes'][number]['callFrame']): string | undefined {
  if (!url.startsWith(packages)) return undefined
  return `${functionName || '(anonymous)'} ${relative(root, fileURLToPath(url))}:${lineNumber + 1}`
}

function add(taken: Taken, frame: Parameters<typeof where>[0], amount: number): void {
  if (frame.functionName === '(idle)') return
  taken.total += amount
  const name = where(frame)
  if (name !== undefined) taken.own.set(name, (taken.own.get(name) ?? 0) + amount)
}

function addCpu(taken: Taken, { nodes, samples = [], timeDeltas = [] }: Profiler.Profile): void {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]))
  for (const [index, id] of samples.entries()) {
    const frame = frames.get(id)
    if (frame) add(taken, frame, timeDeltas[index] ?? 0)
  }
}

function addAllocations(taken: Taken, { callFrame, selfSize, children }: HeapProfiler.SamplingHeapProfileNode): void {
  add(taken, callFrame, selfSize)
  for (const child of children) addAllocations(taken, child)
}

export function createTurnProfiler(): TurnProfiler {
  const session = new Session()
  session.connect()
  const empty = (): Taken => ({ runs: 0, total: 0, own: new Map() })
  const taken: Readonly<Record<Kind, Taken>> = { CPU: empty(), ALLOCATIONS: empty() }
  let turns = 0

  async function takeCpu(turn: () => Promise<number>): Promise<void> {
    await session.post('Profiler.enable')
    await session.post('Profiler.setSamplingInterval', { interval: cpuIntervalUs })
    await session.post('Profiler.start')
    taken.CPU.runs += await turn()
    addCpu(taken.CPU, (await session.post('Profiler.stop')).profile)
  }

  async function takeAllocations(turn: () => Promise<number>): Promise<void> {
    await session.post('HeapProfiler.startSampling', {
      samplingInterval: heapIntervalBytes,
      includeObjectsCollectedByMajorGC: true,
      includeObjectsCollectedByMinorGC: true,
    })
    taken.ALLOCATIONS.runs += await turn()
    addAllocations(taken.ALLOCATIONS, (await session.post('HeapProfiler.stopSampling')).profile.head)
  }

  return {
    take(turn) {
      turns += 1
      return turns % 2 === 1 ? takeCpu(turn) : takeAllocations(turn)
    },
    profiles: () =>
      (['CPU', 'ALLOCATIONS'] as const).flatMap((kind) => {
        const { runs, total, own } = taken[kind]
        if (runs === 0) return []
        const lines = [...own]
          .map(([name, amount]) => ({ where: name, perRun: amount / runs }))
          .toSorted((a, b) => b.perRun - a.perRun)
          .slice(0, heaviest)
        return [{ kind, perRun: total / runs, lines }]
      }),
  }
}
