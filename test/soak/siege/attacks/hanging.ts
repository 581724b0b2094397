import { startScripted } from '../../../fixtures/mcp/scripted-http.ts'
import { type Attack, again } from '../attack.ts'

const longMs = 600_000
const servers = 17
const agents = 16

/** Servers that never answer hold refreshes, and runs of many agents hold sessions. */
export const attack: Attack = async (attacker, signal) => {
  let isHanging = false
  await using server = await startScripted(({ method }) => isHanging && /^tools\//.test(method))
  const timeouts = { connectMs: longMs, requestMs: longMs, maxTotalMs: longMs }
  const ids: string[] = []
  for (let n = 0; n < servers; n += 1) {
    const id = await attacker.addServer(`hanging ${n}`, { streamableHttp: { serverUrl: server.url } }, { timeouts })
    await attacker.refresh(id)
    ids.push(id)
  }
  await attacker.begin()
  isHanging = true
  for (const id of ids) await attacker.refresh(id, false)
  await again(signal, 1_000, async (round) => {
    const runs = ids.flatMap((_, n) =>
      Array.from({ length: agents }, (_each, agent) =>
        attacker.run(
          `hanging ${n}`,
          'echo',
          { filler: 'x'.repeat(1_000) },
          { agentId: `agent ${agent} ${round}`, wait: false },
        ),
      ),
    )
    await Promise.all(runs)
  })
}
