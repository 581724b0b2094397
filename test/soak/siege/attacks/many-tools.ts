import { startScripted } from '../../../fixtures/mcp/scripted-http.ts'
import { type Attack, atATime } from '../attack.ts'

/** Ten thousand other tools on one page at each refresh. */
export const attack: Attack = async (attacker, signal) => {
  let lists = 0
  await using server = await startScripted((asked) => {
    if (asked.method !== 'tools/list') return false
    lists += 1
    const tools = Array.from({ length: 10_000 }, (_, n) => ({
      name: `t_${lists}_${n}`,
      inputSchema: { type: 'object' },
    }))
    asked.result({ tools })
    return true
  })
  const id = await attacker.addServer('many tools', { streamableHttp: { serverUrl: server.url } })
  await attacker.begin()
  await atATime(signal, 1, () => attacker.refresh(id))
}
