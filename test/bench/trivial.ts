import { startGraphql } from './contenders/graphql.ts'
import { type Figures, inRounds, timed } from './measure.ts'
import { cpuMsOf } from './processes.ts'

/** What a GraphQL request costs before it does anything. */
export async function benchTrivial(rounds: number, perRound: number): Promise<readonly Figures[]> {
  await using server = await startGraphql()
  const measured = (concurrency: number) => ({
    name: `{ registryInfo { version } }, concurrency ${concurrency}`,
    async sample() {
      const before = cpuMsOf(server.pid)
      const latencies = await timed(perRound, concurrency, async () => {
        const answer = await server.ask<{ registryInfo: { version: string } }>('{ registryInfo { version } }')
        if (!answer.registryInfo.version) throw new Error('Expected a version')
      })
      // Of the server alone.
      return { latencies, cpuMs: cpuMsOf(server.pid) - before }
    },
  })
  return await inRounds([measured(1), measured(16)], rounds)
}
