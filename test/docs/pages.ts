import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/**
 * The pages of the documentation and the code in them. A comment before a block, which a reader does not see, says what
 * is done with it beside what is done with every block of its language:
 *
 * - `<!-- check: run -->`: a program that runs offline as it is, and ends with 0
 * - `<!-- check: goes on -->`: goes on with the program of the ts block before it
 * - `<!-- check: after NAME -->`: is checked as if test/docs/preludes/NAME.ts stood before it
 * - `<!-- check: run after NAME then NAME -->`: a program that runs between test/docs/preludes/NAME.ts and
 *   test/docs/epilogues/NAME.ts, which asks it and ends it; either may be left out. Its port 4000 becomes a free one
 * - `<!-- check: execute -->`: an operation that is executed, after those before it on the page
 * - `<!-- check: execute, CODE -->`: as data it answers an error of this code
 * - `<!-- check: not, since REASON -->`: is not checked
 */

export const root = fileURLToPath(new URL('../..', import.meta.url))

export interface Block {
  readonly language: string
  readonly text: string
  /** From the root: `docs/library.md:12`. */
  readonly at: string
  /** The text of the comment; empty without one. */
  readonly check: string
}

export interface Page {
  readonly path: string
  readonly text: string
  readonly blocks: readonly Block[]
}

function blocksOf(path: string, text: string): readonly Block[] {
  const blocks: Block[] = []
  let check = ''
  let open: { language: string; indent: number; line: number; lines: string[] } | undefined
  for (const [index, line] of text.split('\n').entries()) {
    const fence = /^( *)```(\w*)\s*$/.exec(line)
    if (open && fence) {
      const { language, line: from, lines } = open
      blocks.push({ language, text: `${lines.join('\n')}\n`, at: `${path}:${from}`, check })
      open = undefined
      check = ''
    } else if (open) open.lines.push(line.slice(open.indent))
    else if (fence) open = { language: fence[2] ?? '', indent: fence[1]?.length ?? 0, line: index + 1, lines: [] }
    else if (line.trim() !== '') check = /^\s*<!-- check: (.*) -->$/.exec(line)?.[1] ?? ''
  }
  return blocks.filter((block) => !block.check.startsWith('not, since '))
}

const patterns = ['*.md', 'docs/*.md', 'packages/*/README.md', 'test/*/README.md']

export const pages: readonly Page[] = globSync(patterns, { cwd: root })
  .toSorted()
  .map((path) => {
    const text = readFileSync(`${root}/${path}`, 'utf8')
    return { path, text, blocks: blocksOf(path, text) }
  })

/** The blocks in one of the languages. */
export function blocksIn(page: Page, ...languages: readonly string[]): readonly Block[] {
  return page.blocks.filter(({ language }) => languages.includes(language))
}
