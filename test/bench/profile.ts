import type { HeapProfiler, Profiler } from 'node:inspector'
import type { Inspector } from './inspect.ts'
import { type Layer, layerOf } from './layers.ts'
import { placeOf } from './source-places.ts'

/** Functions that a profile names. */
const heaviest = 30
/** Interval between samples: of CPU, in µs, and of allocations, in bytes. */
const cpuIntervalUs = 100
const heapIntervalBytes = 4_096
/** Longest time that counts for one sample of CPU, in µs: between later ones the machine ran another process. */
const maxSampleUs = 4 * cpuIntervalUs

export type Kind = 'CPU' | 'ALLOCATIONS'

/** What a function took of each run by itself, without those that it called. */
export interface ProfileLine {
  readonly where: string
  /** µs, or bytes. */
  readonly perRun: number
}

export interface Profile {
  readonly subject: string
  readonly kind: Kind
  readonly perRun: number
  /** The part of each layer, from 0 to 1. A function without a layer counts for its callers. */
  readonly shares: Readonly<Partial<Record<Layer, number>>>
  readonly lines: readonly ProfileLine[]
}

interface Taken {
  runs: number
  total: number
  readonly own: Map<string, number>
  readonly byLayer: Map<Layer, number>
}

/** Profiles the turns of one subject, by CPU and by allocations in turn: either would disturb the other. */
export interface TurnProfiler {
  /** Takes one turn, which answers its number of runs. */
  take(turn: () => Promise<number>): Promise<void>
  /** Both profiles, the heaviest functions first. */
  profiles(): readonly Profile[]
}

type CallFrame = Profiler.Profile['nodes'][number]['callFrame']

/** A function in the place of the stack in which it was sampled. */
interface Frame {
  readonly where: string
  readonly isIdle: boolean
  readonly layer: Layer
}

function frameOf(callFrame: CallFrame, caller: Frame | undefined): Frame {
  const { functionName } = callFrame
  const place = placeOf(callFrame)
  return {
    where: `${functionName || '(anonymous)'}${place ? ` ${place.file}:${place.line}` : ''}`,
    isIdle: functionName === '(idle)',
    layer: layerOf(functionName, place) ?? caller?.layer ?? 'Node.js itself',
  }
}

function add(taken: Taken, { where, isIdle, layer }: Frame, amount: number): void {
  if (isIdle) return
  taken.total += amount
  taken.own.set(where, (taken.own.get(where) ?? 0) + amount)
  taken.byLayer.set(layer, (taken.byLayer.get(layer) ?? 0) + amount)
}

function addCpu(taken: Taken, { nodes, samples = [], timeDeltas = [] }: Profiler.Profile): void {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const frames = new Map<number, Frame>()
  const walk = (id: number, caller: Frame | undefined): void => {
    const node = byId.get(id)
    if (!node) return
    const frame = frameOf(node.callFrame, caller)
    frames.set(id, frame)
    for (const child of node.children ?? []) walk(child, frame)
  }
  const [root] = nodes
  if (root) walk(root.id, undefined)
  for (const [index, id] of samples.entries()) {
    const frame = frames.get(id)
    if (frame) add(taken, frame, Math.min(timeDeltas[index] ?? 0, maxSampleUs))
  }
}

function addAllocations(
  taken: Taken,
  { callFrame, selfSize, children }: HeapProfiler.SamplingHeapProfileNode,
  caller?: Frame,
): void {
  const frame = frameOf(callFrame, caller)
  add(taken, frame, selfSize)
  for (const child of children) addAllocations(taken, child, frame)
}

function profileOf(subject: string, kind: Kind, { runs, total, own, byLayer }: Taken): Profile[] {
  if (runs === 0) return []
  const lines = [...own]
    .map(([where, amount]) => ({ where, perRun: amount / runs }))
    .toSorted((a, b) => b.perRun - a.perRun)
    .slice(0, heaviest)
  const shares = Object.fromEntries([...byLayer].map(([layer, amount]) => [layer, amount / total]))
  return [{ subject, kind, perRun: total / runs, shares, lines }]
}

/** `inspector`: that of the process that does the work of `subject`. */
export function createTurnProfiler(subject: string, inspector: Inspector): TurnProfiler {
  const empty = (): Taken => ({ runs: 0, total: 0, own: new Map(), byLayer: new Map() })
  const taken: Readonly<Record<Kind, Taken>> = { CPU: empty(), ALLOCATIONS: empty() }
  let turns = 0

  async function takeCpu(turn: () => Promise<number>): Promise<void> {
    await inspector.post('Profiler.enable')
    await inspector.post('Profiler.setSamplingInterval', { interval: cpuIntervalUs })
    await inspector.post('Profiler.start')
    taken.CPU.runs += await turn()
    addCpu(taken.CPU, (await inspector.post('Profiler.stop')).profile)
  }

  async function takeAllocations(turn: () => Promise<number>): Promise<void> {
    await inspector.post('HeapProfiler.startSampling', {
      samplingInterval: heapIntervalBytes,
      includeObjectsCollectedByMajorGC: true,
      includeObjectsCollectedByMinorGC: true,
    })
    taken.ALLOCATIONS.runs += await turn()
    addAllocations(taken.ALLOCATIONS, (await inspector.post('HeapProfiler.stopSampling')).profile.head)
  }

  return {
    take(turn) {
      turns += 1
      return turns % 2 === 1 ? takeCpu(turn) : takeAllocations(turn)
    },
    profiles: () => (['CPU', 'ALLOCATIONS'] as const).flatMap((kind) => profileOf(subject, kind, taken[kind])),
  }
}
