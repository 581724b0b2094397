import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { createProgram } from '../../packages/toolyard/src/cli/program.ts'
import { blocksIn, pages } from './pages.ts'

// The program itself says what there is, so a page is held to it, whatever the program learns.

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

const stream = new PassThrough()
const program = await createProgram([], {
  env: {},
  stdin: stream,
  stdout: stream,
  stderr: stream,
  exitWith: () => undefined,
})

describe('the commands in the documentation', () => {
  it.for(calls)('are there: toolyard $words ($at)', async ({ words }) => {
    let command = program
    for (const word of words) {
      if (command.commands.length === 0 || word.startsWith('-')) break
      const next = command.commands.find((each) => each.name() === word)
      expect(next, `a command ${word}`).toBeDefined()
      command = next ?? command
    }
    const known = ['--help', ...command.options.flatMap(({ short, long }) => [short, long])]
    const flags = words.flatMap((word) => /^(--?[a-z][\w-]*)/.exec(word)?.[1] ?? [])
    for (const flag of flags) expect(known).toContain(flag)
  })

  it('are looked for', () => expect(calls.length).toBeGreaterThan(5))
})
