import { readFile } from 'node:fs/promises'
import { pause } from './attack.ts'

const rssEveryMs = 100
const healthEveryMs = 500
const healthMs = 30_000

/** What became of a process meanwhile. */
export interface ProcessFigures {
  readonly rssMaxMb: number
  readonly slowestHealthMs: number
  readonly unhealthy: number
}

async function rssMbOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) / 1024
}

/** Samples the memory of the process, and how soon it says that it is well, until the signal aborts. */
export async function watchProcess(pid: number, base: string, signal: AbortSignal): Promise<ProcessFigures> {
  const figures = { rssMaxMb: 0, slowestHealthMs: 0, unhealthy: 0 }
  async function memory(): Promise<void> {
    for (; !signal.aborted; await pause(rssEveryMs, signal)) {
      const [rss] = await Promise.allSettled([rssMbOf(pid)])
      // It has ended, which its exit tells.
      if (rss?.status !== 'fulfilled') return
      figures.rssMaxMb = Math.max(figures.rssMaxMb, rss.value)
    }
  }
  async function health(): Promise<void> {
    for (; !signal.aborted; await pause(healthEveryMs, signal)) {
      const startedAt = performance.now()
      const answer = await fetch(`${base}/health`, { signal: AbortSignal.timeout(healthMs) }).catch(() => undefined)
      await answer?.text().catch(() => undefined)
      if (!answer?.ok) figures.unhealthy += 1
      figures.slowestHealthMs = Math.max(figures.slowestHealthMs, performance.now() - startedAt)
    }
  }
  await Promise.all([memory(), health()])
  return figures
}
