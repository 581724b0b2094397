import type { Contender, OpenContender, Target } from './contenders/contender.ts'
import { openGraphql } from './contenders/graphql.ts'
import { openLibrary } from './contenders/library.ts'
import { openAiSdk, openMcpHub, openMcporter } from './contenders/peers.ts'
import { openConnectPerCall, openWarmSdk } from './contenders/sdk.ts'
import { type Figures, inRounds, type Measured, timed } from './measure.ts'
import { cpuMsOf, fixtureScript, startFixture } from './processes.ts'

export interface CallResults {
  readonly transport: Target['kind']
  readonly concurrency: number
  readonly figures: readonly Figures[]
}

export interface CallOptions {
  readonly rounds: number
  readonly callsPerRound: number
  readonly withPeers: boolean
  readonly progress: (text: string) => void
}

function measured(contender: Contender, count: number, concurrency: number): Measured {
  return {
    name: contender.name,
    async sample(round) {
      const cpuOf = () => contender.pids.reduce((sum, pid) => sum + cpuMsOf(pid), 0)
      const before = cpuOf()
      const own = process.cpuUsage()
      const latencies = await timed(count, concurrency, async (n) => {
        const message = `${round}-${n}`
        const answer = await contender.call(message)
        if (answer !== message) throw new Error(`${contender.name}: expected "${message}", got "${answer}"`)
      })
      const { user, system } = process.cpuUsage(own)
      return { latencies, cpuMs: (user + system) / 1_000 + cpuOf() - before }
    },
  }
}

/** A connection costs hundreds of calls over stdio, so fewer of them make a round. */
const shareOf = (contender: Contender, calls: number, kind: Target['kind']) =>
  contender.name.includes('per call') ? Math.max(2, Math.floor(calls / (kind === 'http' ? 5 : 100))) : calls

async function callsTo(target: Target, options: CallOptions): Promise<CallResults[]> {
  const { rounds, callsPerRound, withPeers, progress } = options
  const openers: OpenContender[] = [openWarmSdk, openConnectPerCall, openLibrary, openGraphql]
  if (withPeers) openers.push(openMcpHub, openAiSdk, openMcporter)
  await using contenders = new AsyncDisposableStack()
  const opened: Contender[] = []
  for (const open of openers) opened.push(contenders.use(await open(target)))
  const results: CallResults[] = []
  for (const concurrency of [1, 16, 64]) {
    progress(`calls over ${target.kind}, concurrency ${concurrency}`)
    const taking = opened.map((each) => {
      const share = shareOf(each, callsPerRound, target.kind)
      return measured(each, share, Math.min(concurrency, share))
    })
    results.push({ transport: target.kind, concurrency, figures: await inRounds(taking, rounds) })
  }
  return results
}

/** The same call through every contender, over both transports. */
export async function benchCalls(options: CallOptions): Promise<CallResults[]> {
  await using fixture = await startFixture()
  return [
    ...(await callsTo({ kind: 'http', url: `http://127.0.0.1:${fixture.port}/mcp` }, options)),
    ...(await callsTo({ kind: 'stdio', command: process.execPath, args: [fixtureScript, 'stdio'] }, options)),
  ]
}
