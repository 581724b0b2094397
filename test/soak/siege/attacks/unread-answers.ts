import { connect } from 'node:net'
import { startScripted } from '../../../fixtures/mcp/scripted-http.ts'
import { type Attack, again, pause } from '../attack.ts'

const description = 'x'.repeat(900_000)
const query = '{ mcpTools(first: 30) { nodes { name description inputSchema } } }'

/** Asks for answers of 27 MB over sixty connections, and reads none of them. */
export const attack: Attack = async (attacker, signal) => {
  const { url, key } = attacker.target
  const tools = Array.from({ length: 30 }, (_, n) => ({
    name: `long_${n}`,
    description,
    inputSchema: { type: 'object' },
  }))
  await using server = await startScripted((asked) => {
    if (asked.method === 'tools/list') asked.result({ tools })
    return asked.method === 'tools/list'
  })
  const id = await attacker.addServer('long texts', { streamableHttp: { serverUrl: server.url } })
  await attacker.refresh(id)
  const { hostname, port, pathname } = new URL(url)
  const body = JSON.stringify({ query })
  const head = `POST ${pathname} HTTP/1.1\r\nhost: ${hostname}:${port}\r\nauthorization: Bearer ${key}\r\ncontent-type: application/json\r\naccept: application/json\r\ncontent-length: ${body.length}\r\n\r\n`
  await attacker.begin()
  await again(signal, 1_000, async () => {
    const sockets = Array.from({ length: 60 }, () => {
      const socket = connect(Number(port), hostname)
      socket.on('error', () => socket.destroy())
      socket.pause()
      socket.write(head + body)
      return socket
    })
    await pause(8_000, signal)
    for (const socket of sockets) socket.destroy()
  })
}
