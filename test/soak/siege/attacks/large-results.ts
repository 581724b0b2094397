import { startScripted, textResult } from '../../../fixtures/mcp/scripted-http.ts'
import { type Attack, atATime } from '../attack.ts'

/** Results of 25 MB, sixteen at a time. */
export const attack: Attack = async (attacker, signal) => {
  const result = textResult('y'.repeat(25 * 1024 * 1024))
  await using server = await startScripted((asked) => {
    if (asked.method === 'tools/call') asked.result(result)
    return asked.method === 'tools/call'
  })
  const id = await attacker.addServer('large results', { streamableHttp: { serverUrl: server.url } })
  await attacker.refresh(id)
  await attacker.begin()
  await atATime(signal, 16, () => attacker.run('large results', 'echo'))
}
