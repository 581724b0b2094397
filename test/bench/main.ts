import { writeFile } from 'node:fs/promises'
import { availableParallelism, cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { benchCalls } from './calls.ts'
import { installPeers } from './contenders/peers.ts'
import { goalsOf, type Results } from './goals.ts'
import { benchReads } from './reads.ts'
import { benchRefresh } from './refresh.ts'
import { report } from './report.ts'
import { benchTrivial } from './trivial.ts'

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: 'calls,refresh,reads,graphql' },
    quick: { type: 'boolean', default: false },
    'no-peers': { type: 'boolean', default: false },
    json: { type: 'string', default: fileURLToPath(new URL('results.json', import.meta.url)) },
  },
})
const parts = new Set(values.only.split(','))
const progress = (text: string) => process.stderr.write(`${text}\n`)
const rounds = values.quick ? 3 : 15

async function hasPeers(): Promise<boolean> {
  if (values['no-peers']) return false
  progress('installing mcp-hub, @ai-sdk/mcp and mcporter in test/bench/.peers, unless they are there')
  try {
    await installPeers()
    return true
  } catch (error) {
    progress(`going on without them: ${error instanceof Error ? error.message : String(error)}`)
    return false
  }
}

async function run(): Promise<Results> {
  return {
    ...(parts.has('calls')
      ? {
          calls: await benchCalls({
            rounds,
            callsPerRound: values.quick ? 64 : 200,
            withPeers: await hasPeers(),
            progress,
          }),
        }
      : {}),
    ...(parts.has('refresh')
      ? { refresh: await benchRefresh(values.quick ? [10, 1_000] : [10, 100, 1_000, 10_000], rounds, progress) }
      : {}),
    ...(parts.has('reads') ? { reads: await benchReads(rounds, values.quick ? 50 : 200, progress) } : {}),
    ...(parts.has('graphql') ? { graphql: await benchTrivial(rounds, values.quick ? 100 : 400) } : {}),
  }
}

// The peers' and our own client libraries take the faster paths of production.
process.env.NODE_ENV ??= 'production'
const results = await run()
process.stdout.write(`${report(results)}\n`)
const machine = {
  node: process.version,
  cpu: cpus()[0]?.model,
  cores: availableParallelism(),
  at: new Date().toISOString(),
}
await writeFile(values.json, JSON.stringify({ machine, ...results, goals: goalsOf(results) }, null, 2))
progress(`written to ${values.json}`)
