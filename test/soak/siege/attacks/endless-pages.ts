import { startScripted } from '../../../fixtures/mcp/scripted-http.ts'
import { type Attack, atATime } from '../attack.ts'

const atOnce = 9
const pageBytes = 20 * 1024 * 1024

/** Lists of tools in pages of 20 MB, each with another behind it. */
export const attack: Attack = async (attacker, signal) => {
  let page = 0
  const description = 'x'.repeat(pageBytes / 40)
  await using server = await startScripted((asked) => {
    if (asked.method !== 'tools/list') return false
    page += 1
    const tools = Array.from({ length: 40 }, (_, n) => ({
      name: `t_${page}_${n}`,
      description,
      inputSchema: { type: 'object' },
    }))
    asked.result({ tools, nextCursor: String(page) })
    return true
  })
  const ids: string[] = []
  for (let n = 0; n < atOnce; n += 1)
    ids.push(await attacker.addServer(`pages ${n}`, { streamableHttp: { serverUrl: server.url } }))
  await attacker.begin()
  await atATime(signal, atOnce, (n) => attacker.refresh(ids[n] ?? ''))
}
