import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Programs, startPrograms } from '../fixtures/process/serving.ts'

let programs: Programs
const opened: Socket[] = []
beforeAll(async () => {
  programs = await startPrograms()
})
afterEach(() => {
  for (const socket of opened.splice(0)) socket.destroy()
  return programs.kill()
})
afterAll(() => programs[Symbol.asyncDispose]())

/** Asks over a connection that is kept, and answers what came. */
async function askOnce(base: string): Promise<{ readonly socket: Socket; readonly answer: string }> {
  const { hostname, port } = new URL(base)
  const socket = connect(Number(port), hostname)
  opened.push(socket)
  socket.write(`GET /health HTTP/1.1\r\nHost: ${hostname}:${port}\r\n\r\n`)
  const [bytes] = await once(socket, 'data')
  return { socket, answer: String(bytes) }
}

describe('a connection without a request', () => {
  it('is kept for longer than common proxies keep theirs, and says so', async () => {
    const { base } = await programs.serveHere()
    expect((await askOnce(base)).answer).toMatch(/\r\nKeep-Alive: timeout=75\r\n/i)
  })

  it('ends after the time that the operator sets', async () => {
    const { base } = await programs.serveHere([], { TOOLYARD_IDLE_TIMEOUT_MS: '100' })
    const { socket } = await askOnce(base)
    await once(socket, 'close')
  })
})
