import { styleText } from 'node:util'
import { shownJson } from './printable.ts'
import { table } from './table.ts'

type Style = Parameters<typeof styleText>[0]

/** The output of a command: results go to stdout, notes to stderr. */
export interface Output {
  /** Whether programs read the output: stdout then gets JSON alone. */
  readonly isJson: boolean
  /** Whether stdout is a terminal. */
  readonly isTerminal: boolean
  /** Whether stderr is a terminal. */
  readonly isLive: boolean
  /** Prints a text for people. */
  print(text: string): void
  /** Prints columns for people, at most as wide as the terminal. */
  printTable(headings: readonly string[], rows: readonly (readonly string[])[]): void
  /** Prints JSON for programs: one document, or one line of a stream. */
  printJson(value: unknown): void
  /** Writes a note to stderr, for programs, too. */
  note(text: string): void
  /** Colours a text if stdout is a terminal with colours. */
  style(format: Style, text: string): string
  /** Colours a text for stderr. */
  styleNote(format: Style, text: string): string
}

/** A stream of the process, or a stand-in for one. */
export type TextStream = NodeJS.WritableStream & {
  readonly isTTY?: boolean
  readonly columns?: number
  readonly rows?: number
}

export interface OutputOptions {
  readonly stdout: TextStream
  readonly stderr: TextStream
  readonly isJson: boolean
}

export function createOutput({ stdout, stderr, isJson }: OutputOptions): Output {
  const style = (format: Style, text: string) => styleText(format, text, { stream: stdout })
  return {
    isJson,
    isTerminal: stdout.isTTY === true,
    isLive: stderr.isTTY === true,
    print: (text) => void stdout.write(`${text}\n`),
    printTable(headings, rows) {
      const width = (stdout.isTTY ? stdout.columns : undefined) ?? Number.POSITIVE_INFINITY
      const [first = '', ...others] = table([headings, ...rows], width).split('\n')
      stdout.write(`${[style('bold', first), ...others].join('\n')}\n`)
    },
    printJson: (value) => void stdout.write(`${shownJson(value)}\n`),
    note: (text) => void stderr.write(`${text}\n`),
    style,
    styleNote: (format, text) => styleText(format, text, { stream: stderr }),
  }
}
