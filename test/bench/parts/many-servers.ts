import { monitorEventLoopDelay } from 'node:perf_hooks'
import { type Group, interleave, type Subject } from '../measure.ts'
import { ownCpu } from '../processes.ts'
import type { RefreshBench } from './refresh.ts'
import { createServer, refreshServer } from './refresh-subjects.ts'

const serverCount = 100
const toolCount = 100
/** As many as the library refreshes at a time by default. */
const atATime = 8

interface Delays {
  /** The longest that the event loop was late in each run, in ms. */
  readonly worst: number[]
  watch(work: () => Promise<void>): Promise<void>
}

function watchEventLoop(): Delays {
  const worst: number[] = []
  return {
    worst,
    async watch(work) {
      const histogram = monitorEventLoopDelay({ resolution: 1 })
      histogram.enable()
      await work()
      histogram.disable()
      worst.push(histogram.max / 1e6)
    },
  }
}

/** 100 new servers with 100 tools each, asked for at once. */
export async function measureManyServers(bench: RefreshBench, rounds: number): Promise<Group> {
  const { fixture, registry, floor, inspector } = bench
  const urls = Array.from({ length: serverCount }, (_, index) =>
    fixture.urlOf({ tools: toolCount, server: index + 1, outputSchemas: false }),
  )
  const floorDelays = watchEventLoop()
  const libraryDelays = watchEventLoop()
  const floorSubject: Subject = {
    name: 'bare floor',
    cpu: ownCpu,
    run: () =>
      floorDelays.watch(async () => {
        const open = [...urls]
        const worker = async () => {
          for (let url = open.shift(); url !== undefined; url = open.shift()) {
            const count = await floor.refresh(url)
            if (count !== toolCount) throw new Error(`bare floor: expected ${toolCount} tools, got ${count}`)
          }
        }
        await Promise.all(Array.from({ length: atATime }, worker))
      }),
    async after() {
      for (const url of urls) floor.clear(url)
    },
  }
  let ids: readonly string[] = []
  const librarySubject: Subject = {
    name: 'toolyard, new tools',
    inspector,
    cpu: ownCpu,
    async before() {
      ids = await Promise.all(urls.map((url) => createServer(registry, url)))
    },
    run: () =>
      libraryDelays.watch(async () => {
        await Promise.all(ids.map((id) => refreshServer(registry, id, toolCount, 0)))
      }),
    async after() {
      for (const id of ids) await registry.servers.delete(id)
    },
  }
  const title = `refresh of ${serverCount} servers with ${toolCount} tools at once`
  const group = await interleave(title, [floorSubject, librarySubject], { rounds, sliceMs: 0 })
  return {
    ...group,
    notes: {
      'event loop late at most, bare floor, ms': Math.max(...floorDelays.worst),
      'event loop late at most, toolyard, ms': Math.max(...libraryDelays.worst),
    },
  }
}
