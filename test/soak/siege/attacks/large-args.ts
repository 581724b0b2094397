import { startScripted } from '../../../fixtures/mcp/scripted-http.ts'
import { type Attack, atATime } from '../attack.ts'

const required = Array.from({ length: 8 }, (_, n) => `member_${n}`)
const values = Array.from({ length: 250 }, (_, n) => `value ${n}`)
const tools = [
  { name: 'objects', items: { type: 'object', required } },
  { name: 'values', items: { enum: values } },
].map(({ name, items }) => ({
  name,
  inputSchema: { type: 'object', properties: { list: { type: 'array', items } }, required: ['list'] },
}))

/** Args of 0.9 MB each item of which is at fault, several times over. */
export const attack: Attack = async (attacker, signal) => {
  await using server = await startScripted((asked) => {
    if (asked.method === 'tools/list') asked.result({ tools })
    return asked.method === 'tools/list'
  })
  const id = await attacker.addServer('large args', { streamableHttp: { serverUrl: server.url } })
  await attacker.refresh(id)
  const args = { list: Array.from({ length: 300_000 }, () => ({})) }
  await attacker.begin()
  await atATime(signal, tools.length, (n) => attacker.run('large args', tools[n]?.name ?? 'objects', args))
}
