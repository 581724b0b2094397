import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Block, blocksIn, pages, root } from './pages.ts'

/** A block with those that go on with it, and what is checked as if it stood before it. */
interface Program {
  readonly at: string
  readonly prelude: string
  readonly text: string
  readonly isRun: boolean
}

function programsOf(blocks: readonly Block[]): readonly Program[] {
  const programs: Program[] = []
  for (const { at, text, check } of blocks) {
    const last = programs.at(-1)
    if (check === 'goes on' && last) {
      programs[programs.length - 1] = { ...last, text: `${last.text}\n${text}` }
      continue
    }
    const [, name] = /^after (\w[\w-]*)$/.exec(check) ?? []
    expect(`${at}: ${check}`).toBe(`${at}: ${name === undefined ? (check === 'run' ? 'run' : '') : check}`)
    const prelude = name === undefined ? '' : readFileSync(join(root, `test/docs/preludes/${name}.ts`), 'utf8')
    programs.push({ at, prelude, text, isRun: check === 'run' })
  }
  return programs
}

const programs = pages.flatMap((page) => programsOf(blocksIn(page, 'ts')))
/** Each in a folder of its own: some keep a database. */
const folderOf = ({ at }: Program) => join(folder, at.replaceAll(/[^\w]+/g, '-'))

/** Outside the repository, where a reader would be, with what the repository has installed. */
let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'toolyard-docs-'))
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  const compilerOptions = { noEmit: true, composite: false, declaration: false, declarationMap: false }
  const extended = { extends: join(root, 'tsconfig.base.json'), compilerOptions, include: ['*/*.ts'] }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(extended))
  for (const program of programs) {
    mkdirSync(folderOf(program))
    writeFileSync(join(folderOf(program), 'main.ts'), `${program.prelude}${program.text}`)
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

  it.for(programs.filter(({ isRun }) => isRun))('runs: $at', { timeout: 60_000 }, async (program) => {
    // `npx -y` uses the installed package without a question.
    const env = {
      ...process.env,
      npm_config_offline: 'true',
      PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH}`,
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
