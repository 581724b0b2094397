import type { Socket } from 'node:net'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { allowedMs } from '../fixtures/process/machine-speed.ts'
import { type Programs, startPrograms } from '../fixtures/process/serving.ts'
import {
  askForLong,
  floodSockets,
  goOn,
  longAnswer,
  makeLongTools,
  operations,
  socketFloods,
} from '../fixtures/process/unread-attacks.ts'
import { smallHeap, watchable, watchProcess } from '../fixtures/process/watch-process.ts'
import { counted, inForm } from './form.ts'

const messages = inForm(150_000, 75_000)
const forMs = inForm(5_000, 2_000)

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

const attacks: Readonly<Record<string, (base: string) => Promise<readonly Socket[]>>> = {
  ...Object.fromEntries(
    Object.entries(socketFloods).map(([name, flood]) => [
      `${counted(messages)} ${name} over each of 4 WebSockets`,
      (base: string) => floodSockets(base, Array(4).fill(flood(messages))),
    ]),
  ),
  '60 answers of 27 MB to POSTs': (base) => askForLong(base, 60),
  '60 answers of 27 MB as event streams': (base) => askForLong(base, 60, ['Accept: text/event-stream']),
  '60 answers of 27 MB over 6 WebSockets': (base) => floodSockets(base, Array(6).fill(operations(10, longAnswer))),
}

it.each(Object.entries(attacks))(
  '%s, of which nothing is read, leave memory and the loop to others',
  async (_, attack) => {
    const serving = await programs.serve(['--database-url', database], {
      TOOLYARD_CONSOLE: 'false',
      NODE_OPTIONS: `${smallHeap.NODE_OPTIONS} ${watchable.NODE_OPTIONS}`,
    })
    await using watch = watchProcess(serving)
    await watch.longestHoldMs()
    opened.push(...(await attack(serving.base)))
    await goOn(watch, forMs)
    expect(await watch.longestHoldMs()).toBeLessThan(allowedMs(250, 32 * 1_048_576))
    expect(watch.growthMiB()).toBeLessThan(320)
  },
)
