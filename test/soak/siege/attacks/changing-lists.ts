import { type Asked, openEvents, startScripted } from '../../../fixtures/mcp/scripted-http.ts'
import { type Attack, atATime } from '../attack.ts'

const names = 2_000

/** Lists other names at each `list_changed`, which it sends all the time. */
export const attack: Attack = async (attacker, signal) => {
  let lists = 0
  const list = (asked: Asked) => {
    lists += 1
    const tools = Array.from({ length: names }, (_, n) => ({
      name: `t_${lists}_${n}`,
      inputSchema: { type: 'object' },
    }))
    asked.result({ tools: [...tools, { name: 'echo', inputSchema: { type: 'object' } }] })
  }
  await using server = await startScripted((asked) => {
    if (asked.method === 'tools/list') list(asked)
    if (asked.method !== 'GET') return asked.method === 'tools/list'
    const send = openEvents(asked)
    const timer = setInterval(() => send({ method: 'notifications/tools/list_changed' }), 20)
    asked.response.on('close', () => clearInterval(timer))
    return true
  })
  for (const name of ['changing 0', 'changing 1', 'changing 2']) {
    const id = await attacker.addServer(name, { streamableHttp: { serverUrl: server.url } })
    await attacker.refresh(id)
  }
  await attacker.begin()
  await atATime(signal, 3, (n) => attacker.run(`changing ${n}`, 'echo'))
}
