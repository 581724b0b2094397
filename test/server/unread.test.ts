import type { Socket } from 'node:net'
import { createClient } from 'graphql-ws'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { openRaw, openUnread } from '../fixtures/http/raw-socket.ts'
import { type Programs, type Serving, startPrograms } from '../fixtures/process/serving.ts'
import {
  askForLong,
  floodSockets,
  goOn,
  halfBody,
  halfMessage,
  longAnswer,
  longBytes,
  makeLongTools,
  operations,
  socketFloods,
} from '../fixtures/process/unread-attacks.ts'
import { type ProcessWatch, smallHeap, watchProcess } from '../fixtures/process/watch-process.ts'

let programs: Programs
let database: string
const opened: Socket[] = []

beforeAll(async () => {
  programs = await startPrograms()
  database = await makeLongTools(programs.folder)
})
afterEach(() => {
  for (const socket of opened.splice(0)) socket.destroy()
  programs.kill()
})
afterAll(() => programs[Symbol.asyncDispose]())

async function serve(env: Readonly<Record<string, string>> = {}, url = 'sqlite::memory:'): Promise<Serving> {
  return programs.serve(['--database-url', url], { TOOLYARD_CONSOLE: 'false', ...smallHeap, ...env })
}
/** Resolves once the server has ended the connection, however it does. */
const closing = (socket: Socket) => new Promise((resolve) => socket.resume().once('close', resolve))
const refusals = (watch: ProcessWatch, name: string) => watch.metric(`toolyard_budget_refusals_total{budget="${name}"}`)

describe('a client that reads nothing costs a bounded buffer,', () => {
  // One for each way in which they are refused or answered; all are in the soak.
  it.each(['messages of the type ping', 'operations that are executed'] as const)(
    'however many %s it sends over a WebSocket',
    async (name) => {
      const flood = socketFloods[name]
      const serving = await serve({ TOOLYARD_MESSAGE_RATE: '20000/20000' })
      await using watch = watchProcess(serving)
      opened.push(...(await floodSockets(serving.base, Array(3).fill(flood(40_000)))))
      await goOn(watch, 1_000)
      expect(watch.growthMiB()).toBeLessThan(192)
    },
  )

  it('when it leaves the messages of many WebSockets half sent', async () => {
    const serving = await serve({ TOOLYARD_SOCKETS_BUFFER_BYTES: String(16 * 1_048_576) })
    await using watch = watchProcess(serving)
    const sockets = await Promise.all(Array.from({ length: 60 }, () => openUnread(serving.base)))
    opened.push(...sockets)
    for (const socket of sockets) socket.write(halfMessage)
    await expect.poll(() => refusals(watch, 'socketsBufferBytes')).toBeGreaterThan(30)
    expect(watch.growthMiB()).toBeLessThan(128)
  })

  it('when it leaves many bodies half sent: they are not read, and their connections end', async () => {
    const serving = await serve({
      TOOLYARD_REQUEST_BYTES_PER_TENANT: String(8 * 1_048_576),
      TOOLYARD_REQUEST_TIMEOUT_MS: '5000',
    })
    await using watch = watchProcess(serving)
    const sockets = await Promise.all(Array.from({ length: 100 }, () => openRaw(serving.base)))
    opened.push(...sockets)
    const closed = sockets.map(closing)
    for (const socket of sockets) socket.write(halfBody(serving.base))
    await expect.poll(() => refusals(watch, 'requestBytesPerTenant')).toBeGreaterThan(80)
    expect(watch.growthMiB()).toBeLessThan(128)
    await Promise.all(closed)
    expect(await refusals(watch, 'requestTimeoutMs')).toBeGreaterThan(0)
  })

  it('when it sends one request after the other, and waits for no answer', async () => {
    const serving = await serve({}, database)
    await using watch = watchProcess(serving)
    const [socket] = await askForLong(serving.base, 1, [], 200)
    if (!socket) throw new Error('expected a socket')
    await closing(socket)
    expect(await refusals(watch, 'requestsPerConnection')).toBe(1)
  })
})

describe('answers of 27 MB, each for little cost,', () => {
  // A client that reads may stand still for a second on a busy machine.
  const answerTimeoutMs = '4000'

  it.each([['to a client that takes several types', ['Accept: text/html, application/json']]])(
    '%s wait for each other, and end if they are not read',
    async (_, headers) => {
      const serving = await serve({ TOOLYARD_ANSWER_TIMEOUT_MS: answerTimeoutMs }, database)
      await using watch = watchProcess(serving)
      opened.push(...(await askForLong(serving.base, 24, headers)))
      await expect.poll(() => refusals(watch, 'answerTimeoutMs')).toBeGreaterThan(0)
      expect(await refusals(watch, 'answerBytesPerTenant')).toBeGreaterThan(10)
      expect(watch.growthMiB()).toBeLessThan(320)
      for (const socket of opened.splice(0)) socket.destroy()
      const answer = await fetch(`${serving.base}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...Object.fromEntries(headers.map((line) => line.split(': '))) },
        body: JSON.stringify({ query: longAnswer }),
      })
      expect((await answer.text()).length).toBeGreaterThan(longBytes)
    },
  )

  it('over WebSockets wait for each other, and end if they are not read; who reads gets all of his', async () => {
    const serving = await serve({ TOOLYARD_ANSWER_TIMEOUT_MS: answerTimeoutMs }, database)
    await using watch = watchProcess(serving)
    const asked = operations(4, longAnswer)
    opened.push(...(await floodSockets(serving.base, Array(6).fill(asked))))
    // At least the first: where an answer takes long, those that wait for it are taken for dead, since they answer no ping.
    await expect.poll(() => refusals(watch, 'answerTimeoutMs')).toBeGreaterThan(0)
    expect(await refusals(watch, 'answerBytesPerTenant')).toBeGreaterThan(10)
    expect(watch.growthMiB()).toBeLessThan(320)
    for (const socket of opened.splice(0)) socket.destroy()
    const client = createClient({ url: serving.url.replace('http', 'ws'), webSocketImpl: WebSocket, retryAttempts: 0 })
    const ask = async () => {
      for await (const { data } of client.iterate({ query: longAnswer })) return JSON.stringify(data)
      throw new Error('expected an answer')
    }
    const [first = '', second = ''] = await Promise.all([ask(), ask()])
    await client.dispose()
    expect(first.length).toBeGreaterThan(longBytes)
    expect(second === first).toBe(true)
  })
})
