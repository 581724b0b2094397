import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRegistry, type Registry } from '@toolyard/core'
import { sqliteStorage } from '@toolyard/core/sqlite'
import type { Scope } from '@toolyard/graphql'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { RunningServer } from '../../packages/toolyard/src/server/start-server.ts'
import { serveRegistry } from '../fixtures/http/serve-registry.ts'
import {
  type AskingLegacy,
  form,
  inputRequired,
  jsonResult,
  type Rounds,
  sampling,
  startAskingLegacy,
  startAskingModern,
  url,
  type Work,
} from '../fixtures/mcp/asking-servers.ts'
import { registered } from '../fixtures/mcp/registered.ts'
import type { ScriptedServer } from '../fixtures/mcp/scripted-http.ts'
import { toolyard } from '../fixtures/process/command-line.ts'
import { ctrlC, enter, hasTerminals, openTerminals, type Terminals } from '../fixtures/process/terminal.ts'

const order = form(
  {
    name: { type: 'string', title: 'Your name', description: 'As on the card', minLength: 2 },
    age: { type: 'integer' },
    color: {
      type: 'string',
      oneOf: [
        { const: '#f00', title: 'Red' },
        { const: '#0f0', title: 'Green' },
      ],
    },
    gift: { type: 'boolean', default: false },
    sizes: { type: 'array', items: { type: 'string', enum: ['S', 'M', 'L'] } },
    note: { type: 'string' },
  },
  ['name', 'age', 'color'],
)

let registry: Registry
let server: RunningServer
/** The same registry behind keys. */
let keyed: RunningServer
let modern: ScriptedServer
let legacy: AskingLegacy
let rounds: Rounds
let work: Work
let terminals: Terminals
let env: { readonly TOOLYARD_URL: string }

beforeAll(async () => {
  modern = await startAskingModern((...given) => rounds(...given))
  legacy = await startAskingLegacy((...given) => work(...given))
  registry = await createRegistry()
  server = await serveRegistry(registry)
  const scopes: ReadonlySet<Scope> = new Set(['read', 'run', 'write'])
  keyed = await serveRegistry(registry, {
    authenticate: ({ authorization = '' }) => {
      return { tenant: 'default', id: authorization.replace('Bearer ', ''), scopes, expiresAt: null }
    },
  })
  await registered(registry, 'shop', { transport: 'streamableHttp', serverUrl: modern.url })
  await registered(registry, 'old', { transport: 'streamableHttp', serverUrl: legacy.url })
  env = { TOOLYARD_URL: server.url }
})
afterAll(async () => {
  await keyed.close()
  await server.close()
  await registry.close()
  await modern[Symbol.asyncDispose]()
  await legacy[Symbol.asyncDispose]()
})
beforeEach(() => {
  terminals = openTerminals()
})
afterEach(() => terminals[Symbol.dispose]())

const waitingRuns = async () => (await registry.runs.list({ filter: { status: ['INPUT_REQUIRED'] } })).edges

describe.runIf(hasTerminals)('input on a terminal', () => {
  it('run asks for a form field by field, again for what does not fit, and in the next round for a page', async () => {
    rounds = (_, round) =>
      [inputRequired({ order }, 'round 1'), inputRequired({ pay: url('https://pay.example/x') }, 'round 2')][round]
    const terminal = terminals.open(['run', 'shop/echo'], { env })
    await terminal.shows(/^shop asks: Who are you\?\nEnter to fill it in \(d: decline, c: cancel; .*\):$/m)
    terminal.press(enter)
    await terminal.shows(/As on the card\nYour name \[name\] \(string\):$/)
    terminal.press(`A${enter}`)
    await terminal.shows(/age \(integer\):$/)
    terminal.press(`old${enter}`)
    await terminal.shows(/expected integer\nage \(integer\):$/)
    terminal.press(`36${enter}`)
    await terminal.shows(/ {2}#f00 {2}Red\n {2}#0f0 {2}Green\ncolor \(one of "#f00", "#0f0"\):$/)
    terminal.press(`Green${enter}`)
    await terminal.shows(/gift \(y\/n, default false\):$/)
    terminal.press(enter)
    await terminal.shows(/sizes \(several, by commas, optional\):$/)
    terminal.press(`S, L${enter}`)
    await terminal.shows(/note \(string, optional\):$/)
    terminal.press(enter)
    // The registry finds what the type does not say, and the rest is not asked for again.
    await terminal.shows(/name: .*\nAs on the card\nYour name \[name\] \(string\):$/)
    terminal.press(`Ada${enter}`)
    await terminal.shows(/^shop wants a page of pay\.example opened: Log in, please\n {2}https:\/\/pay\.example\/x\n/m)
    const sent = modern.asked.findLast(({ method }) => method === 'tools/call')
    const content = { name: 'Ada', age: 36, color: '#0f0', gift: false, sizes: ['S', 'L'] }
    expect(sent?.params.inputResponses).toEqual({ order: { action: 'accept', content } })
    terminal.press(enter)
    expect(await terminal.exit).toBe(0)
    expect(terminal.screen().join('\n')).toMatch(/^✓ shop\/echo.*\n\{"pay":\{"action":"accept"\}\}$/m)
  })

  it('run shows a sampling, and sends what is typed in place of a model, or that it was declined', async () => {
    work = async (_, ask) => {
      const first = await ask(sampling())
      return jsonResult([first.result, (await ask(sampling())).error])
    }
    const terminal = terminals.open(['run', 'old/echo'], { env })
    await terminal.shows(
      /^old asks for the answer of a language model:\n {2}user:\n {4}How much\?\n {2}at most 10 tokens\n/m,
    )
    terminal.press(enter)
    await terminal.shows(/Answer:$/)
    terminal.press(`42, I think${enter}`)
    await terminal.shows(/42, I think\n(.*\n)*old asks for .*\n(.*\n)*Enter to answer in its place .*:$/)
    terminal.press(`d${enter}`)
    expect(await terminal.exit).toBe(0)
    expect(terminal.screen().join('\n')).toMatch(/✓ old\/echo .*\n.*42, I think.*"code\\?":-1[^\n]*$/)
  })

  it('Ctrl-C at a question leaves the run waiting and says how to answer; another one cancels it', async () => {
    rounds = ({ inputResponses }) => (inputResponses ? undefined : inputRequired({ order }))
    const leaving = terminals.open(['run', 'shop/echo'], { env })
    await leaving.shows(/Enter to fill it in .*:$/)
    leaving.press(ctrlC)
    const [, id = ''] = await leaving.shows(/(run_\w+) waits for input\nshop asks/)
    await leaving.shows(/toolyard answer run_\w+ --decline/)
    const answering = terminals.open(['answer', id], { env })
    await answering.shows(/Enter to fill it in .*:$/)
    answering.press(`d${enter}`)
    expect(await answering.exit).toBe(0)
    expect(await leaving.exit).toBe(0)
    expect(leaving.screen().join('\n')).toContain('{"order":{"action":"decline"}}')

    const canceling = terminals.open(['run', 'shop/echo'], { env })
    await canceling.shows(/Enter to fill it in .*:$/)
    canceling.press(ctrlC)
    await canceling.shows(/toolyard answer run_\w+ --decline/)
    canceling.press(ctrlC)
    expect(await canceling.exit).toBe(1)
    expect(canceling.screen().join('\n')).toMatch(/run_\w+ CANCELED/)
  })

  it('a question ends with its run', async () => {
    rounds = ({ inputResponses }) => (inputResponses ? undefined : inputRequired({ order }))
    const terminal = terminals.open(['run', 'shop/echo'], { env })
    await terminal.shows(/Enter to fill it in .*:$/)
    const [waiting] = await waitingRuns()
    await registry.runs.cancel(waiting?.node.id ?? '', 'no longer needed')
    expect(await terminal.exit).toBe(1)
    expect(terminal.screen().join('\n')).toMatch(/CANCELED: .*no longer needed/)
  })

  it('run asks for no decision that its key may not make, says who can, and waits', async () => {
    rounds = () => undefined
    const config = { transport: 'streamableHttp', serverUrl: modern.url } as const
    await registered(registry, 'guarded', config, { approvalPolicy: 'ALWAYS' })
    const terminal = terminals.open(['run', 'guarded/echo'], { env: { TOOLYARD_URL: keyed.url, TOOLYARD_KEY: 'one' } })
    const [, id = ''] = await terminal.shows(
      /This key may not decide (run_\w+): it takes another one with the scope write;/,
    )
    expect(terminal.screen().join('\n')).not.toContain('Approve this run?')
    expect(await toolyard(['approve', id, '--url', keyed.url, '--key', 'two'])).toMatchObject({ code: 0 })
    expect(await terminal.exit).toBe(0)
  })

  it('a run on the database itself is approved, and then answered, by who started it', async () => {
    rounds = ({ inputResponses }) => (inputResponses ? undefined : inputRequired({ order }))
    const folder = await mkdtemp(join(tmpdir(), 'toolyard-'))
    try {
      const path = join(folder, 'local.db')
      {
        await using opened = await createRegistry({ storage: sqliteStorage({ path }) })
        const config = { transport: 'streamableHttp', serverUrl: modern.url } as const
        await registered(opened, 'shop', config, { approvalPolicy: 'ALWAYS' })
      }
      const terminal = terminals.open(['run', 'shop/echo', '--database-url', `sqlite:${path}`], { env: {} })
      await terminal.shows(/Approve this run\? .*:$/)
      terminal.press(`y${enter}`)
      await terminal.shows(/Enter to fill it in .*:$/)
      terminal.press(`d${enter}`)
      expect(await terminal.exit).toBe(0)
      expect(terminal.screen().join('\n')).toContain('{"order":{"action":"decline"}}')
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})
