import { styleText } from 'node:util'
import { shownJson } from './printable.ts'
import { table } from './table.ts'

type Style = Parameters<typeof styleText>[0]

/** Where a command writes: what was asked for to stdout, what is said of it to stderr. */
export interface Output {
  /** Whether programs read it: JSON alone then goes to stdout. */
  readonly isJson: boolean
  /** Whether a person sees stdout. */
  readonly isTerminal: boolean
  /** Whether a person sees stderr as it is written. */
  readonly isLive: boolean
  /** For people. */
  print(text: string): void
  /** For people: columns, as wide as the terminal at most. */
  printTable(headings: readonly string[], rows: readonly (readonly string[])[]): void
  /** For programs: one document, or one line of a stream. */
  printJson(value: unknown): void
  /** Said beside the answer, on stderr; to programs too. */
  note(text: string): void
  /** Coloured where stdout is a terminal that wants colours. */
  style(format: Style, text: string): string
  /** Likewise, for stderr. */
  styleNote(format: Style, text: string): string
}

/** A stream of the process, or what stands for one. */
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
