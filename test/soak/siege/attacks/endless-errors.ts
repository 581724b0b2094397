import { once } from 'node:events'
import { startScripted } from '../../../fixtures/scripted-http.ts'
import { type Attack, atATime } from '../attack.ts'

const chunk = Buffer.alloc(256 * 1024, 'x')

/** Answers with status 500 and a body without an end. */
export const attack: Attack = async (attacker, signal) => {
  await using server = await startScripted(async ({ method, response }) => {
    if (method !== 'tools/call' && method !== 'tools/list') return false
    response.writeHead(500, { 'content-type': 'text/plain' })
    while (!response.destroyed && !signal.aborted) {
      if (!response.write(chunk)) await Promise.race([once(response, 'drain'), once(response, 'close')])
    }
    response.destroy()
    return true
  })
  const ids: string[] = []
  for (let n = 0; n < 4; n += 1)
    ids.push(await attacker.addServer(`errors ${n}`, { streamableHttp: { serverUrl: server.url } }))
  await atATime(signal, ids.length, (n) => attacker.refresh(ids[n] ?? ''))
}
