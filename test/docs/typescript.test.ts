import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Block, blocksIn, pages, root } from './pages.ts'

/** A block with those that go on with it, and what is checked as if it stood before it. */
interface Program {
  readonly at: string
  readonly prelude: string
  readonly text: string
  /** Asks the program, and ends it. */
  readonly epilogue: string
  readonly isRun: boolean
}

/** `run`, `after NAME`, `run after NAME then NAME` and so on. */
const checks = /^(?<run>run)?(?: ?after (?<prelude>[\w-]+))?(?: then (?<epilogue>[\w-]+))?$/

function readPiece(folder: 'preludes' | 'epilogues', name: string | undefined): string {
  return name === undefined ? '' : readFileSync(join(root, `test/docs/${folder}/${name}.ts`), 'utf8')
}

function programsOf(blocks: readonly Block[]): readonly Program[] {
  const programs: Program[] = []
  for (const { at, text, check } of blocks) {
    const last = programs.at(-1)
    if (check === 'goes on' && last) {
      programs[programs.length - 1] = { ...last, text: `${last.text}\n${text}` }
      continue
    }
    const groups = checks.exec(check)?.groups
    expect(`${at}: ${groups ? '' : check}`).toBe(`${at}: `)
    const prelude = readPiece('preludes', groups?.prelude)
    const epilogue = readPiece('epilogues', groups?.epilogue)
    programs.push({ at, prelude, text, epilogue, isRun: groups?.run !== undefined })
  }
  return programs
}

const programs = pages.flatMap((page) => programsOf(blocksIn(page, 'ts')))
/** Each in a folder of its own: some keep a database. */
const folderOf = ({ at }: Program) => join(folder, at.replaceAll(/[^\w]+/g, '-'))

/** The port of the page may be taken here. */
async function withFreePort(text: string): Promise<string> {
  if (!/\b4000\b/.test(text)) return text
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('Expected the address of a port')
  return text.replaceAll(/\b4000\b/g, String(address.port))
}

/** As `npx -y` starts a server that is installed, without the second that npm takes to find that out; all else is npx's. */
const quickNpx = `#!/bin/sh
case "$1 $2" in
  '-y @modelcontextprotocol/server-'*)
    server="\${2#@modelcontextprotocol/}"
    shift 2
    exec "${join(root, 'node_modules/.bin')}/mcp-$server" "$@" ;;
esac
PATH="\${PATH#*:}" exec npx "$@"
`
/** These ask npx itself. */
const isByNpx = ({ at }: Program) => at.startsWith('README.md')

/** Outside the repository, where a reader would be, with what the repository has installed. */
let folder: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'toolyard-docs-'))
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  const compilerOptions = { noEmit: true, composite: false, declaration: false, declarationMap: false }
  const extended = { extends: join(root, 'tsconfig.base.json'), compilerOptions, include: ['*/*.ts'] }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(extended))
  mkdirSync(join(folder, 'bin'))
  writeFileSync(join(folder, 'bin/npx'), quickNpx, { mode: 0o755 })
  for (const program of programs) {
    mkdirSync(folderOf(program))
    const text = `${program.prelude}${program.text}${program.epilogue}`
    writeFileSync(join(folderOf(program), 'main.ts'), program.isRun ? await withFreePort(text) : text)
  }
})
afterAll(() => rmSync(folder, { recursive: true }))

describe('the TypeScript in the documentation', () => {
  it('compiles', () => {
    const tsc = join(root, 'node_modules/typescript/bin/tsc')
    const { stdout } = spawnSync(process.execPath, [tsc, '-p', folder], { encoding: 'utf8' })
    // The name of the folder is where the block begins.
    expect(stdout).toBe('')
    expect(programs.length).toBeGreaterThan(8)
  })

  it.concurrent.for(programs.filter(({ isRun }) => isRun))('runs: $at', { timeout: 120_000 }, async (program) => {
    // `npx -y` uses the installed package without a question.
    const quick = isByNpx(program) ? [] : [join(folder, 'bin')]
    const env = {
      ...process.env,
      npm_config_offline: 'true',
      PATH: [...quick, dirname(process.execPath), process.env.PATH].join(delimiter),
    }
    const child = spawn(process.execPath, ['main.ts'], {
      cwd: folderOf(program),
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let said = ''
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        said += text
      })
    const [code]: unknown[] = await once(child, 'close')
    expect({ code, said: code === 0 ? '' : said }).toEqual({ code: 0, said: '' })
  })
})
