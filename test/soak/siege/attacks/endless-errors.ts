import { pipeline } from 'node:stream/promises'
import { startScripted } from '../../../fixtures/mcp/scripted-http.ts'
import { type Attack, atATime } from '../attack.ts'

const chunk = Buffer.alloc(256 * 1024, 'x')

function* chunks(signal: AbortSignal): Iterable<Buffer> {
  while (!signal.aborted) yield chunk
}

/** Answers with status 500 and a body without an end. */
export const attack: Attack = async (attacker, signal) => {
  await using server = await startScripted(async ({ method, response }) => {
    if (method !== 'tools/call' && method !== 'tools/list') return false
    response.writeHead(500, { 'content-type': 'text/plain' })
    // It is read for as long as the other side likes.
    await pipeline(chunks(signal), response).catch(() => undefined)
    return true
  })
  const ids: string[] = []
  for (let n = 0; n < 4; n += 1)
    ids.push(await attacker.addServer(`errors ${n}`, { streamableHttp: { serverUrl: server.url } }))
  await attacker.begin()
  await atATime(signal, ids.length, (n) => attacker.refresh(ids[n] ?? ''))
}
