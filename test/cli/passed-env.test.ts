import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { scriptedStdio } from '../fixtures/mcp/scripted-stdio.ts'
import { toolyard } from '../fixtures/process/command-line.ts'

const { command, args } = scriptedStdio(
  "sound['tools/call'] = () => ({ content: [{ type: 'text', text: JSON.stringify(process.env) }] })",
)
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'toolyard-'))
  await writeFile(join(folder, 'keys.json'), '{"version":1,"keys":[]}', { mode: 0o600 })
})
afterAll(() => rm(folder, { recursive: true }))

const proxies = {
  HTTPS_PROXY: 'http://me:word@127.0.0.1:9',
  NO_PROXY: '.corp',
  AWS_SECRET_ACCESS_KEY: 'x',
  ALL_PROXY: 'socks5://127.0.0.1:9',
}
const here = (given: readonly string[], env: NodeJS.ProcessEnv = {}) =>
  toolyard(given, { TOOLYARD_DATABASE_URL: `sqlite:${join(folder, 'a.db')}`, ...proxies, ...env })

it('a stdio server gets the variables of proxies, none of ours, and what is named; doctor tells the rest', async () => {
  await here(['add', 'a', '--', command, ...args])
  const passed = async (env: NodeJS.ProcessEnv) => {
    const { code, stdout, stderr } = await here(['run', 'a/echo', '--json'], env)
    expect([code, stderr]).toEqual([0, ''])
    return JSON.parse(stdout).result.funcReturn
  }
  const names = ['HTTPS_PROXY', 'NO_PROXY', 'AWS_SECRET_ACCESS_KEY', 'ALL_PROXY', 'TOOLYARD_DATABASE_URL']
  const namesOf = (env: object) => names.filter((name) => name in env)
  expect(namesOf(await passed({}))).toEqual(['HTTPS_PROXY', 'NO_PROXY'])
  expect(namesOf(await passed({ TOOLYARD_STDIO_PASS_ENV: '*' }))).toEqual(names.slice(0, 4))
  const keyed = { TOOLYARD_API_KEYS: join(folder, 'keys.json'), TOOLYARD_STDIO: '*', TOOLYARD_STDIO_ALLOW_ENV: 'none' }
  expect(namesOf(await passed(keyed))).toEqual(['NO_PROXY'])
  expect(namesOf(await passed({ ...keyed, TOOLYARD_STDIO_PASS_ENV: 'HTTPS_PROXY' }))).toEqual(['HTTPS_PROXY'])
  const { checks } = JSON.parse((await here(['doctor', '--json'], keyed)).stdout)
  const withheld = checks.flatMap(({ code, subject }: { code: string; subject: string }) =>
    code === 'VARIABLE_NOT_PASSED' ? [subject] : [],
  )
  expect(withheld.toSorted()).toEqual(['ALL_PROXY', 'HTTPS_PROXY'])
})
