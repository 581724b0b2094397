import { join } from 'node:path'
import { createRegistry, hasEnded } from '@toolyard/core'
import { sqliteStorage } from '@toolyard/core/sqlite'
import { asking, startFiftyRuns } from '../../fixtures/mcp/in-flight.ts'
import { startFixture } from '../../fixtures/mcp/mcp-fixture.ts'
import { childrenOf, isAlive } from '../../fixtures/process/processes.ts'
import { startPrograms } from '../../fixtures/process/serving.ts'
import type { Group, Row } from '../measure.ts'
import type { Settings } from '../settings.ts'
import { median, percentile } from '../statistics.ts'

const graceMs = 1_000
/** Of the runs that end by themselves: within the grace. */
const runMs = 300

function row(name: string, times: readonly number[]): Row {
  const rounds = times.map((ms) => ({ p50: ms, cpu: Number.NaN }))
  const [p50, p95, p99] = [median(times), percentile(times, 95), percentile(times, 99)]
  return { name, runs: times.length, p50, p95, p99, cpu: Number.NaN, rounds }
}

async function unsettledIn(path: string): Promise<number> {
  // What was not settled is so by the start of another registry, and does not say CANCELED then.
  await using registry = await createRegistry({ storage: sqliteStorage({ path }) })
  const { edges } = await registry.runs.list({ first: 100 })
  const isSettled = (status: (typeof edges)[number]['node']['status']) =>
    hasEnded(status) && status !== 'OUTCOME_UNKNOWN' && status !== 'FAILED'
  return 50 - edges.filter(({ node }) => isSettled(node.status)).length
}

/** From SIGTERM to what comes of it, of processes of their own; some of their children heed neither stdin nor SIGTERM. */
export async function measureShutdown({ isQuick, rounds = isQuick ? 2 : 10 }: Settings): Promise<Group[]> {
  await using programs = await startPrograms()
  await using fixture = await startFixture()
  const times = { idle: [] as number[], busy: [] as number[], streams: [] as number[], notReady: [] as number[] }
  let children = 0
  let unsettled = 0

  async function exitOf({ child, exit }: Awaited<ReturnType<typeof programs.serve>>): Promise<number> {
    const at = performance.now()
    child.kill('SIGTERM')
    const [code] = await exit
    if (code !== 0) throw new Error(`toolyard serve ended with ${String(code)}`)
    return performance.now() - at
  }

  async function shutDownBusy(path: string): Promise<void> {
    const flags = ['--database-url', `sqlite:${path}`, '--shutdown-grace-ms', String(graceMs)]
    const serving = await programs.serve(flags)
    await using client = asking(serving.url)
    const runs = await startFiftyRuns(client, { serverUrl: fixture.url, ms: runMs })
    const pids = childrenOf(serving.child.pid ?? 0)
    const at = performance.now()
    const since = () => performance.now() - at
    const [exitMs] = await Promise.all([
      exitOf(serving),
      Promise.all(runs.map(({ events }) => events)).then(() => times.streams.push(since() - graceMs)),
      (async () => {
        while ((await fetch(`${serving.base}/ready`)).status !== 503);
        times.notReady.push(since())
      })(),
    ])
    times.busy.push(exitMs - graceMs)
    children += pids.filter((pid) => isAlive(pid) !== 'gone').length
    unsettled += await unsettledIn(path)
  }

  process.stderr.write('shutdown: ')
  for (let round = 0; round < rounds; round += 1) {
    times.idle.push(await exitOf(await programs.serve()))
    await shutDownBusy(join(programs.folder, `${round}.db`))
    process.stderr.write('.')
  }
  process.stderr.write('\n')
  const rows = [
    row('idle', times.idle),
    row('50 runs, until /ready is at 503', times.notReady),
    row('50 runs, streams complete, beyond the grace', times.streams),
    row('50 runs, beyond the grace', times.busy),
  ]
  const notes = { 'children left': children, 'runs that did not settle left': unsettled }
  return [{ title: 'from SIGTERM to the exit', baseline: 'idle', rows, notes }]
}
