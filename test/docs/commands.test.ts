import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Programs, startPrograms } from '../fixtures/serving.ts'
import { blocksIn, pages } from './pages.ts'

// What the program says of itself in its help is what there is, so a page is held to it, whatever the program learns.

/** A line of a shell, without its comment, as words. */
function wordsOf(line: string): readonly string[] {
  const words = line.match(/"[^"]*"|'[^']*'|\$\([^)]*\)|[^\s"']+/g) ?? []
  const comment = words.findIndex((word) => word.startsWith('#'))
  return comment === -1 ? words : words.slice(0, comment)
}

interface Call {
  readonly at: string
  /** After `toolyard`; up to the end of the command. */
  readonly words: readonly string[]
}

const calls: readonly Call[] = pages
  .flatMap((page) => blocksIn(page, 'sh'))
  .flatMap(({ at, text }) =>
    text
      .replaceAll(/\\\n\s*/g, ' ')
      .split('\n')
      .map(wordsOf)
      .flatMap((words) => {
        const before = /^(npx|toolyard|node-\d)$/
        const from = words.findIndex((word, n) => word === 'toolyard' && (n === 0 || before.test(words[n - 1] ?? '')))
        if (from === -1) return []
        const rest = words.slice(from + 1)
        const end = rest.findIndex((word) => /^(\||\|\||&&|&|;|>|<|--)$/.test(word))
        return [{ at, words: end === -1 ? rest : rest.slice(0, end) }]
      }),
  )

let programs: Programs
beforeAll(async () => {
  programs = await startPrograms()
})
afterAll(() => programs[Symbol.asyncDispose]())

const helps = new Map<string, Promise<string>>()
function helpOf(command: readonly string[]): Promise<string> {
  const key = command.join(' ')
  const help = helps.get(key) ?? readHelp(command)
  helps.set(key, help)
  return help
}
async function readHelp(command: readonly string[]): Promise<string> {
  const { exit, stdout, stderr } = programs.toolyard([...command, '--help'])
  const [code] = await exit
  return code === 0 ? stdout() : `no such command: ${stderr()}`
}

/** The commands that the help of another one lists. */
function commandsIn(help: string): readonly string[] {
  const [, list = ''] = /^Commands:\n((?: .*\n?)+)/m.exec(help) ?? []
  return [...list.matchAll(/^ {2}([a-z][\w-]*)/gm)].map(([, name = '']) => name)
}

describe('the commands in the documentation', () => {
  it.for(calls)('are there: toolyard $words ($at)', async ({ words }) => {
    const command: string[] = []
    let help = await helpOf(command)
    for (const word of words) {
      const commands = commandsIn(help)
      if (commands.length === 0 || word.startsWith('-')) break
      expect(commands).toContain(word)
      command.push(word)
      help = await helpOf(command)
    }
    const flags = words.flatMap((word) => /^(--?[a-z][\w-]*)/.exec(word)?.[1] ?? [])
    for (const flag of flags) expect(help).toMatch(new RegExp(`(^|[ ,])${flag}(?![\\w-])`, 'm'))
  })

  it('are looked for', () => expect(calls.length).toBeGreaterThan(5))
})
