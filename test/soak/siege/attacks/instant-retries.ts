import { startScripted } from '../../../fixtures/mcp/scripted-http.ts'
import { type Attack, atATime } from '../attack.ts'

/** Event streams that end at once, and ask to be opened again in no time, or beyond what a timer can. */
export const attack: Attack = async (attacker, signal) => {
  const retries = ['0', '9999999999', '']
  const servers = await Promise.all(
    retries.map((retry) =>
      startScripted(({ method, response }) => {
        if (method !== 'GET') return false
        response.writeHead(200, { 'content-type': 'text/event-stream' })
        response.end(retry === '' ? ': nothing\n\n' : `retry: ${retry}\nid: 1\ndata: \n\n`)
        return true
      }),
    ),
  )
  await using ends = new AsyncDisposableStack()
  for (const server of servers) ends.use(server)
  for (const [n, { url }] of servers.entries()) {
    const id = await attacker.addServer(`retries ${n}`, { streamableHttp: { serverUrl: url } })
    await attacker.refresh(id)
  }
  await attacker.begin()
  await atATime(signal, servers.length, (n) => attacker.run(`retries ${n}`, 'echo'))
}
