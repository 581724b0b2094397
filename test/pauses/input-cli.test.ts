import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRegistry, type Registry } from '@toolyard/core'
import { sqliteStorage } from '@toolyard/core/sqlite'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { RunningServer } from '../../packages/toolyard/src/server/start-server.ts'
import { onlyOwnOperations, serveRegistry } from '../fixtures/http/serve-registry.ts'
import { form, inputRequired, type Rounds, sampling, startAskingModern, url } from '../fixtures/mcp/asking-servers.ts'
import type { ScriptedServer } from '../fixtures/mcp/scripted-http.ts'
import { toolyard } from '../fixtures/process/command-line.ts'

const person = form({
  name: { type: 'string', title: 'Your name', minLength: 2 },
  age: { type: 'integer' },
  tags: { type: 'array', items: { enum: ['a', 'b'] } },
})
const once =
  (requests: Readonly<Record<string, object>>): Rounds =>
  ({ inputResponses }) =>
    inputResponses ? undefined : inputRequired(requests)

let folder: string
let rounds: Rounds
let mcp: ScriptedServer
let registry: Registry
let server: RunningServer
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'toolyard-'))
  mcp = await startAskingModern((...given) => rounds(...given))
  registry = await createRegistry()
  server = await serveRegistry(registry, onlyOwnOperations)
  expect(await onServer('add', 'a', mcp.url)).toMatchObject({ code: 0 })
})
afterAll(async () => {
  await server.close()
  await registry.close()
  await mcp[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})
beforeEach(() => {
  rounds = once({ who: person })
})

const onServer = (...args: readonly string[]) => toolyard([...args, '--url', server.url])

async function paused(): Promise<string> {
  const job = await registry.tools.start({ server: 'a', tool: 'echo' })
  expect(await job.result({ untilPaused: true })).toMatchObject({ status: 'INPUT_REQUIRED' })
  return job.id
}

const answersOf = async (id: string) => (await registry.runs.wait(id)).result?.funcReturn

describe('answer, at the command line of a server', () => {
  it('shows what a run waits for and how to answer it, and sends values by the types of the form', async () => {
    const id = await paused()
    const shown = await onServer('answer', id)
    expect(shown).toMatchObject({ code: 0 })
    expect(shown.stdout).toContain('a asks: Who are you?\n    Your name [name] (string)\n    age (integer, optional)\n')
    expect(shown.stdout).toContain(`toolyard answer ${id} 'name=…' 'age=…' 'tags=…'\n`)
    expect((await onServer('runs', id)).stdout).toMatch(/Waits for +input \(who\); toolyard answer run_/)
    const answered = await onServer('answer', id, 'name=Ada', 'age=36', 'tags=a', 'tags=b')
    expect(answered).toMatchObject({ code: 0, stdout: expect.stringContaining(`${id} `) })
    const content = { name: 'Ada', age: 36, tags: ['a', 'b'] }
    expect(await answersOf(id)).toEqual({ who: { action: 'accept', content } })
    expect(await onServer('answer', id)).toMatchObject({
      code: 2,
      stderr: `toolyard: the run ${id} is SUCCEEDED, and waits for no answer\n`,
    })
  })

  it('refuses what does not fit with the reason, and the run waits on', async () => {
    const id = await paused()
    const refusals = [
      [['name=A'], /"who" does not fit: \/name: .*; the run waits on/],
      [['name=Ada', 'age=old'], /age: expected integer/],
      [['nmae=Ada'], /the form has no field "nmae"; did you mean name\?/],
      [['--values', '[]'], /--values: expected a JSON object, got an array/],
      [['--request', 'where', 'name=Ada'], /no answer to "where"; it waits for who \(a form\)/],
      [['--text', 'x'], /no answer to a sampling; it waits for who \(a form\)/],
      [['--decline', '--cancel'], /expected one of --decline, --cancel/],
      [['--responses', '{"who":{"action":"PERHAPS"}}'], /--responses: who: expected/],
      [['--responses', '{"other":{"action":"DECLINE"}}'], /expected one of those that wait \("who"\)/],
      [['--accept'], /"who" does not fit: .*name/],
    ] as const
    for (const [args, stderr] of refusals) {
      expect(await onServer('answer', id, ...args)).toMatchObject({ code: 2, stderr: expect.stringMatching(stderr) })
    }
    expect(await registry.runs.get(id)).toMatchObject({ status: 'INPUT_REQUIRED', inputRound: 1 })
    expect(await onServer('answer', 'run_nothing')).toMatchObject({ code: 2 })
    await onServer('answer', id, '--cancel')
    expect(await answersOf(id)).toEqual({ who: { action: 'cancel' } })
  })

  it('answers one of several by its key, all at once, or declines all', async () => {
    rounds = once({ who: person, where: url(), what: sampling() })
    const one = await paused()
    const shown = (await onServer('answer', one)).stdout
    expect(shown).toContain('a wants a page of login.example opened: Log in, please\n  https://login.example/x\n')
    expect(shown).toContain('a asks for the answer of a language model:\n  user:\n    How much?\n')
    expect(shown).toContain(`toolyard answer ${one} --request where --accept\n`)
    const first = await onServer('answer', one, '--request', 'where', '--accept')
    expect(first.stdout).toContain(`${one} INPUT_REQUIRED\n`)
    expect(first.stdout).not.toContain('login.example')
    await onServer('answer', one, '--text', '42')
    await onServer('answer', one, '--values', '{"name":"Ada"}')
    expect(await answersOf(one)).toMatchObject({
      who: { action: 'accept', content: { name: 'Ada' } },
      where: { action: 'accept' },
      what: { role: 'assistant', content: { type: 'text', text: '42' } },
    })

    rounds = once({ who: person, where: url() })
    const all = await paused()
    const responses = { who: { action: 'ACCEPT', content: { name: 'Bo' } }, where: { action: 'DECLINE' } }
    const sent = await onServer('answer', all, '--responses', JSON.stringify(responses), '--json')
    expect(JSON.parse(sent.stdout)).toMatchObject({ id: all, pendingInput: [] })
    expect(await answersOf(all)).toMatchObject({ who: { action: 'accept' }, where: { action: 'decline' } })
    const none = await paused()
    await onServer('answer', none, '--decline')
    expect(await answersOf(none)).toEqual({ who: { action: 'decline' }, where: { action: 'decline' } })
  })
})

it('run without a terminal says what is asked for and how to answer, in each round, and waits', async () => {
  rounds = (_, round) => (round < 2 ? inputRequired({ who: person }, `round ${round + 1}`) : undefined)
  const running = onServer('run', 'a/echo')
  for (const round of [1, 2]) {
    const found = () => registry.runs.list({ filter: { status: ['INPUT_REQUIRED'] } })
    await expect.poll(async () => (await found()).edges.map(({ node }) => node.inputRound)).toEqual([round])
    const [edge] = (await found()).edges
    await onServer('answer', edge?.node.id ?? '', `name=Ada ${round}`)
  }
  const { code, stdout, stderr } = await running
  expect({ code, answered: JSON.parse(stdout) }).toMatchObject({
    code: 0,
    answered: { who: { content: { name: 'Ada 2' } } },
  })
  expect(stderr).toMatch(/run_\w+ waits for input\na asks: Who are you\?[\s\S]*toolyard answer run_\w+ 'name=…'/)
})

it('sets and shows what becomes of requests for input', async () => {
  expect((await onServer('get', 'a')).stdout).toMatch(/Input +PAUSE/)
  expect(await onServer('update', 'a', '--input', 'decline')).toMatchObject({ code: 0 })
  expect((await onServer('get', 'a', '--json')).stdout).toContain('"inputPolicy":"DECLINE"')
  expect(await onServer('update', 'a', '--input', 'pause')).toMatchObject({ code: 0 })
  expect(await onServer('update', 'a', '--input', 'perhaps')).toMatchObject({ code: 2 })
  const added = await onServer('add', 'b', mcp.url, '--input', 'none', '--no-refresh', '--json')
  expect(added.stdout).toContain('"inputPolicy":"NONE"')
})

it('answers over the database itself, and waits for the end of the run there', async () => {
  const path = join(folder, 'local.db')
  let id: string
  {
    await using opened = await createRegistry({ storage: sqliteStorage({ path }) })
    const config = { transport: 'streamableHttp', serverUrl: mcp.url } as const
    const created = await opened.servers.create({ name: 'a', config, refresh: false })
    await (await opened.servers.refresh(created.id)).result()
    const job = await opened.tools.start({ server: 'a', tool: 'echo' })
    await job.result({ untilPaused: true })
    id = job.id
  }
  const local = (...args: readonly string[]) => toolyard([...args, '--database-url', `sqlite:${path}`])
  expect(await local('answer', id, 'name=Ada')).toMatchObject({ code: 0, stdout: `${id} SUCCEEDED\n` })
})
