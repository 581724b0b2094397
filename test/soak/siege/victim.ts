import { setTimeout as delay } from 'node:timers/promises'
import { startScripted } from '../../fixtures/mcp/scripted-http.ts'
import { at, createAttacker } from './attack.ts'

/** How long runs took, in ms. */
export interface Figures {
  readonly runs: number
  readonly failed: number
  readonly p50: number
  readonly p99: number
}

const runsASecond = 20
const warmRuns = 50

const percentile = (sorted: readonly number[], part: number) =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0

/** A tenant that does its daily work: runs of an echo server, so many a second whatever they take. */
export interface Victim extends AsyncDisposable {
  /** Rejects with the reason of the signal. */
  work(seconds: number, signal?: AbortSignal): Promise<Figures>
}

/** Its key is one of another tenant than the attacker's. */
export async function startVictim(url: string, key: string): Promise<Victim> {
  const server = await startScripted()
  const tenant = createAttacker({ url, key, isSink: false }, new AbortController().signal, () => Promise.resolve())
  await tenant.refresh(await tenant.addServer('echo', { streamableHttp: { serverUrl: server.url } }))

  async function run(): Promise<{ readonly ms: number; readonly isDone: boolean }> {
    const startedAt = performance.now()
    const answer = await tenant.run('echo', 'echo', { message: 'hi' }).catch(() => undefined)
    const isDone = at(answer, 'data', 'runMcpTool', 'run', 'status') === 'SUCCEEDED'
    return { ms: performance.now() - startedAt, isDone }
  }

  for (let n = 0; n < warmRuns; n += 1) {
    if (!(await run()).isDone) throw new Error('A run of the victim failed before there was an attack')
  }
  return {
    async work(seconds, signal) {
      const running: ReturnType<typeof run>[] = []
      const startedAt = performance.now()
      for (let n = 0; n < seconds * runsASecond; n += 1) {
        const dueInMs = startedAt + (n * 1_000) / runsASecond - performance.now()
        await delay(Math.max(0, dueInMs), undefined, { signal })
        running.push(run())
      }
      const ended = await Promise.all(running)
      const sorted = ended.map(({ ms }) => ms).sort((a, b) => a - b)
      const failed = ended.filter(({ isDone }) => !isDone).length
      return { runs: ended.length, failed, p50: percentile(sorted, 0.5), p99: percentile(sorted, 0.99) }
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}
