/** A command line, as a shell takes it apart. */
export interface CommandLine {
  /** What is set before the command, as in `NAME=value npx …`. */
  readonly env: readonly { readonly name: string; readonly value: string }[]
  readonly command: string
  readonly args: readonly string[]
}

/** A path of Windows, in which a backslash escapes nothing. */
const windowsPath = /(?:^|["'\s])(?:[A-Za-z]:\\|\\\\)/
const assignment = /^([A-Za-z_]\w*)=([\s\S]*)$/

/** Takes a line apart into words, by the quotes of POSIX shells. Returns undefined if a quote is open. */
function wordsOf(line: string): readonly string[] | undefined {
  const escapes = !windowsPath.test(line)
  const words: string[] = []
  let word: string | undefined
  let quote: '"' | "'" | undefined
  for (let at = 0; at < line.length; at++) {
    const character = line[at] ?? ''
    if (escapes && character === '\\' && quote !== "'") {
      at += 1
      word = `${word ?? ''}${line[at] ?? ''}`
    } else if (quote !== undefined) {
      if (character === quote) quote = undefined
      else word = `${word}${character}`
    } else if (character === '"' || character === "'") {
      quote = character
      word ??= ''
    } else if (/\s/.test(character)) {
      if (word !== undefined) words.push(word)
      word = undefined
    } else word = `${word ?? ''}${character}`
  }
  if (quote !== undefined) return undefined
  return word === undefined ? words : [...words, word]
}

/** Splits a whole command line. Returns undefined if the text is a command alone, or cannot be taken apart. */
export function splitCommand(text: string): CommandLine | undefined {
  // What a terminal or a page shows before the command.
  const words = wordsOf(text.trim().replace(/^[$>]\s+/, ''))
  if (!words) return undefined
  const start = words.findIndex((word) => !assignment.test(word))
  const command = words[start]
  if (command === undefined || words.length < 2) return undefined
  const env = words.slice(0, start).flatMap((word) => {
    const [, name, value] = assignment.exec(word) ?? []
    return name === undefined || value === undefined ? [] : [{ name, value }]
  })
  return { env, command, args: words.slice(start + 1) }
}
